/** Rules K1 to K4: what several sessions may do to each other. */
import { array, constant, constantFrom, integer, nat, oneof } from "fast-check";
import { property } from "../../harness/property/property.ts";
import { findStepResult, type ScheduleSession, type Transcript } from "../../harness/schedule/schedule.ts";
import { pickingScheduler } from "../../harness/schedule/schedulers.ts";
import { formatResult } from "../../harness/schedule/transcript-text.ts";
import { eventName, findScheduleErrors, runSessions, scheduleViolation } from "./database/run-schedules.ts";
import { schedule } from "./database/schedule-property.ts";
import { callSql, literal } from "./database/sql.ts";
import { creditTypes, organizationId } from "./model/arbitraries.ts";
import type { CreditCall, CreditType } from "./model/model.ts";
import { dropInconsistentReads, findSerializationFault } from "./model/serializability.ts";
import {
  buildSessions,
  buildTransactions,
  organizationsFromPools,
  picks,
  pools,
  SESSIONS,
  type SessionCall,
  sessionAllocations,
  sessionAvailabilityCalls,
  sessionConsumptions,
  sessionTransactions,
  type Transaction,
  transactions,
} from "./model/sessions.ts";
import type { CreditsContext } from "./world.ts";

const consume = (credits: number, organization = 0): SessionCall => ({
  kind: "consume",
  organization,
  type: "ai",
  credits,
});
const sent = (end: Transaction["end"], ...calls: SessionCall[]): Transaction => ({
  level: "READ COMMITTED",
  calls,
  end,
});

/** Two take the last credits at once: one is held up before its end, so that the other comes in between. */
const lastCreditsAtOnce = {
  pools: [100],
  sessions: [[sent("commit", consume(60))], [sent("alone", consume(60))]],
  picks: [0, 0, 1],
};

/** One is allocated credits while another has used some and not yet committed. */
const allocatedMeanwhile = {
  pools: [100],
  sessions: [
    [sent("commit", consume(60))],
    [sent("alone", { kind: "allocate" as const, organization: 0, plan: "custom" })],
  ],
  picks: [0, 0, 1],
};

export const serializable = property(
  "K1",
  "whatever the interleaving of transactions, some serial order explains every result and the final state",
  {
    cost: "schedule",
    given: { pools: pools(), sessions: sessionTransactions(transactions()), picks: picks() },
    examples: [lastCreditsAtOnce, allocatedMeanwhile],
    async holds(given, world: CreditsContext) {
      const organizations = organizationsFromPools(given.pools);
      const units = buildTransactions(dropInconsistentReads(given.sessions), organizations);
      const parts = buildSessions(units);
      const played = await runSessions(world, organizations, parts, pickingScheduler(parts, given.picks));
      const { transcript, final, log } = played;
      const fault = findSerializationFault(units, organizations, transcript, final, log);

      return fault === undefined ? undefined : scheduleViolation(world, played, fault);
    },
  },
);

interface Race {
  readonly type: CreditType;
  /** What is left after the winner. */
  readonly rest: number;
  readonly winner: number;
  /** How many more than are left the loser wants. */
  readonly more: number;
}

const races = {
  type: creditTypes(),
  rest: nat({ max: 50 }),
  winner: integer({ min: 20, max: 100 }),
  more: integer({ min: 1, max: 20 }),
};
const poolOf = ({ rest, winner }: Race) => organizationsFromPools([rest + winner]);
const consumption = (type: CreditType, credits: number) =>
  callSql({ kind: "consume", organization: organizationId(0), type, credits });

export const lastCredits = schedule<Race>(
  "K2",
  "the loser of a race for the last credits is told what the winner left",
  {
    given: races,
    organizations: poolOf,
    sessions: ({ type, rest, winner, more }) => ({
      first: { begin: "BEGIN;", consume: consumption(type, winner), commit: "COMMIT;" },
      second: { consume: consumption(type, rest + more) },
    }),
    order: ["first.begin", "first.consume", "second.consume waits", "first.commit", "second.consume resumes"],
    ending: (transcript, { type, rest, more }) =>
      refused(
        transcript,
        "second.consume",
        `Insufficient ${type} credits. Available: ${rest}, Required: ${rest + more}`,
      ),
  },
);

export const everyRace = schedule<Race>(
  "K2-interleavings",
  "in every interleaving of two that race for the last credits, the loser is told what the winner left",
  {
    cost: "once",
    given: races,
    organizations: poolOf,
    sessions: ({ type, rest, winner }) => ({
      first: { begin: "BEGIN;", consume: consumption(type, winner), commit: "COMMIT;" },
      second: { begin: "BEGIN;", consume: consumption(type, rest + winner), commit: "COMMIT;" },
    }),
    ending: (transcript, { type, rest, winner }) => {
      // Both cannot win: the one wants all, the other some.
      const secondWon = findStepResult(transcript, "second.consume")?.error === undefined;
      const [winners, loser] = secondWon ? ["second", "first"] : ["first", "second"];
      const [left, required] = secondWon ? [0, winner] : [rest, rest + winner];
      const message = `Insufficient ${type} credits. Available: ${left}, Required: ${required}`;
      const won = findStepResult(transcript, `${winners}.consume`);

      if (won?.error !== undefined) {
        return { expected: `one of the two wins`, got: formatResult(won) };
      }
      return refused(transcript, `${loser}.consume`, message);
    },
  },
);

export const noLeak = property(
  "K2-leaks",
  "no race for credits is found out by a constraint: no class 23 leaks out of any schedule",
  {
    cost: "schedule",
    given: {
      pools: pools(),
      sessions: sessionTransactions(
        transactions({ calls: oneof(sessionConsumptions(), sessionAvailabilityCalls()) }),
      ),
      picks: picks(),
    },
    examples: [lastCreditsAtOnce],
    async holds(given, world: CreditsContext) {
      const organizations = organizationsFromPools(given.pools);
      const parts = buildSessions(buildTransactions(given.sessions, organizations));
      const played = await runSessions(world, organizations, parts, pickingScheduler(parts, given.picks));
      const leak = findScheduleErrors(played.transcript).find(({ refusal }) => refusal.code.startsWith("23"));

      return leak === undefined
        ? undefined
        : scheduleViolation(world, played, {
            expected: `${eventName(leak.event)} is refused by the function itself, or succeeds`,
            got: `ERROR: ${leak.refusal.message} (SQLSTATE ${leak.refusal.code})`,
          });
    },
  },
);

const singleCalls = () =>
  array(
    array(oneof({ weight: 4, arbitrary: sessionConsumptions() }, sessionAllocations()), {
      minLength: 1,
      maxLength: 2,
    }),
    {
      minLength: 2,
      maxLength: SESSIONS.length - 1,
    },
  );

export const noDeadlock = property(
  "K3",
  "single calls never deadlock, however they queue behind one who holds organizations",
  {
    cost: "schedule",
    given: {
      /** The organizations that the first session holds, in this order. */
      holds: array(nat({ max: 2 }), { minLength: 1, maxLength: 2 }),
      /** What the other sessions call, each call by itself. */
      calls: singleCalls(),
      picks: picks(),
    },
    examples: [
      // The second queues for what is held; the third takes its own, and queues behind.
      { holds: [1], calls: [[consume(1, 1)], [consume(1, 0)]], picks: [0, 0, 1, 2] },
    ],
    async holds(given, world: CreditsContext) {
      const organizations = organizationsFromPools([100, 100, 100]);
      const parts = [
        holderOf(given.holds),
        ...callersOf(
          given.calls,
          organizations.map(({ id }) => id),
        ),
      ];
      const played = await runSessions(world, organizations, parts, pickingScheduler(parts, given.picks));
      const deadlock = findScheduleErrors(played.transcript).find(({ refusal }) => refusal.code === "40P01");

      return deadlock === undefined
        ? undefined
        : scheduleViolation(world, played, {
            expected: `${eventName(deadlock.event)} waits for its turn, and then has it`,
            got: `ERROR: ${deadlock.refusal.message} (SQLSTATE 40P01)`,
          });
    },
  },
);

export const noWait = property("K4", "calls on different organizations never wait for each other", {
  cost: "schedule",
  given: {
    sessions: sessionTransactions(
      transactions({
        level: oneof(
          { weight: 3, arbitrary: constant("READ COMMITTED" as const) },
          constantFrom("REPEATABLE READ" as const, "SERIALIZABLE" as const),
        ),
      }),
    ),
    picks: picks(),
  },
  examples: [{ sessions: [[sent("commit", consume(1))], [sent("alone", consume(1))]], picks: [0, 0, 1] }],
  async holds(given, world: CreditsContext) {
    const organizations = organizationsFromPools([100, 100, 100]);
    const own = given.sessions.map((list, organization) =>
      list.map((one) => withOrganization(one, organization)),
    );
    const parts = buildSessions(buildTransactions(own, organizations));
    const played = await runSessions(world, organizations, parts, pickingScheduler(parts, given.picks));
    const wait = played.transcript.events.find(({ kind }) => kind === "waits");

    return wait?.kind !== "waits"
      ? undefined
      : scheduleViolation(world, played, {
          expected: `${eventName(wait)}, which is on an organization of its own, waits for nobody`,
          got: `it waits for ${wait.blockedBy.join(", ")}`,
        });
  },
});

function refused(transcript: Transcript, name: string, message: string) {
  const outcome = findStepResult(transcript, name);
  const fine = outcome?.error?.code === "P0001" && outcome.error.message === message;

  return fine
    ? undefined
    : {
        expected: `${name} is refused: ${message}`,
        got: outcome === undefined ? `${name} never ends` : formatResult(outcome),
      };
}

function holderOf(organizations: readonly number[]): ScheduleSession {
  const locks = organizations.map((organization, index) => ({
    name: index === 0 ? "lock" : `lock${index + 1}`,
    sql: `SELECT FROM organizations WHERE id = ${literal(organizationId(organization))} FOR UPDATE;`,
  }));

  return {
    session: SESSIONS[0],
    steps: [{ name: "begin", sql: "BEGIN;" }, ...locks, { name: "commit", sql: "COMMIT;" }],
  };
}

function callersOf(
  sessions: readonly (readonly SessionCall[])[],
  ids: readonly string[],
): readonly ScheduleSession[] {
  return sessions.map((calls, index) => ({
    session: SESSIONS[index + 1] ?? "",
    steps: calls.map((call, at) => {
      const made: CreditCall = { ...call, organization: ids[call.organization % ids.length] ?? null };
      return { name: `${call.kind}${at === 0 ? "" : at + 1}`, sql: callSql(made) };
    }),
  }));
}

function withOrganization(transaction: Transaction, organization: number): Transaction {
  return { ...transaction, calls: transaction.calls.map((call) => ({ ...call, organization })) };
}
