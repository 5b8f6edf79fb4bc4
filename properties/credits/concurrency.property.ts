/** Rules K1 to K4: concurrent sessions. */
import { array, constant, constantFrom, integer, nat, oneof } from "fast-check";
import type { StatementResult } from "../../harness/database/session.ts";
import { property } from "../../harness/property/property.ts";
import { findStepResult, type ScheduleSession, stepName, type Transcript } from "../../harness/schedule/schedule.ts";
import { pickingScheduler } from "../../harness/schedule/schedulers.ts";
import { formatResult } from "../../harness/schedule/transcript-text.ts";
import { formatSqlError } from "../../harness/security/unprivileged-role.ts";
import { requireIndependence } from "./database/find-entanglement.ts";
import { findLeak, findScheduleError, runSessions, scheduleViolation } from "./database/run-schedules.ts";
import { schedule } from "./database/schedule-property.ts";
import { callSql, literal } from "./database/sql.ts";
import { creditTypes } from "./model/arbitraries.ts";
import type { Deviation } from "./model/call-checks.ts";
import { nameCallError } from "./model/kinds.ts";
import { type CreditType, nthId } from "./model/model.ts";
import { dropInconsistentReads, findSerializationFault } from "./model/serializability.ts";
import {
  buildSessions,
  buildTransactions,
  organizationsFromPools,
  picks,
  pools,
  resolveSessionCall,
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

/** Two sessions consume the last credits: the second while the first has not committed. */
const raceForLastCredits = {
  pools: [100],
  sessions: [[sent("commit", consume(60))], [sent("alone", consume(60))]],
  picks: [0, 0, 1],
};

/** Credits are allocated while another session has used some and not committed. */
const allocationDuringConsumption = {
  pools: [100],
  sessions: [
    [sent("commit", consume(60))],
    [sent("alone", { kind: "allocate" as const, organization: 0, plan: "custom" })],
  ],
  picks: [0, 0, 1],
};

export const serializable = property("K1", "some serial order explains all results of any interleaving", {
  caseKind: "schedule",
  given: { pools: pools(), sessions: sessionTransactions(transactions()), picks: picks() },
  examples: [raceForLastCredits, allocationDuringConsumption],
  async holds({ pools, sessions, picks }, context: CreditsContext) {
    const organizations = organizationsFromPools(pools);
    const units = buildTransactions(dropInconsistentReads(sessions), organizations);
    const parts = buildSessions(units);
    const run = await runSessions(context, organizations, parts, pickingScheduler(parts, picks));
    const deviation = findSerializationFault(units, organizations, run.transcript, run.final, run.log);

    return deviation && scheduleViolation(context, run, deviation);
  },
});

interface Race {
  readonly type: CreditType;
  /** What the winner leaves. */
  readonly rest: number;
  readonly winner: number;
  /** How many more credits the loser asks for than are left. */
  readonly more: number;
}

const races = {
  type: creditTypes(),
  rest: nat({ max: 50 }),
  winner: integer({ min: 20, max: 100 }),
  more: integer({ min: 1, max: 20 }),
};
const racePool = ({ rest, winner }: Race) => organizationsFromPools([rest + winner]);
const consumption = (type: CreditType, credits: number) =>
  callSql({ kind: "consume", organization: nthId(0), type, credits });

export const lastCredits = schedule<Race>("K2", "the loser of a race is refused with what the winner left", {
  given: races,
  organizations: racePool,
  sessions: ({ type, rest, winner, more }) => ({
    first: { begin: "BEGIN;", consume: consumption(type, winner), commit: "COMMIT;" },
    second: { consume: consumption(type, rest + more) },
  }),
  order: ["first.begin", "first.consume", "second.consume waits", "first.commit", "second.consume resumes"],
  check: (transcript, { type, rest, more }) => refusedForLack(transcript, "second.consume", type, rest, rest + more),
});

export const everyRace = schedule<Race>("K2-interleavings", "in every interleaving the loser gets the true numbers", {
  caseKind: "once",
  given: races,
  organizations: racePool,
  sessions: ({ type, rest, winner }) => ({
    first: { begin: "BEGIN;", consume: consumption(type, winner), commit: "COMMIT;" },
    second: { begin: "BEGIN;", consume: consumption(type, rest + winner), commit: "COMMIT;" },
  }),
  check: (transcript, { type, rest, winner }) => {
    // Both cannot win: one asks for all, the other for some.
    const secondWon = findStepResult(transcript, "second.consume")?.error === undefined;
    const [winners, loser] = secondWon ? ["second", "first"] : ["first", "second"];
    const [left, required] = secondWon ? [0, winner] : [rest, rest + winner];
    const won = findStepResult(transcript, `${winners}.consume`);

    return won?.error === undefined
      ? refusedForLack(transcript, `${loser}.consume`, type, left, required)
      : { kind: "none wins", expected: `one of the two wins`, got: formatResult(won) };
  },
});

export const noLeak = property("K2-leaks", "no race for credits ends in a constraint violation", {
  caseKind: "schedule",
  given: {
    pools: pools(),
    sessions: sessionTransactions(transactions({ calls: oneof(sessionConsumptions(), sessionAvailabilityCalls()) })),
    picks: picks(),
  },
  examples: [raceForLastCredits],
  async holds({ pools, sessions, picks }, context: CreditsContext) {
    const organizations = organizationsFromPools(pools);
    const parts = buildSessions(buildTransactions(sessions, organizations));
    const run = await runSessions(context, organizations, parts, pickingScheduler(parts, picks));
    const leak = findLeak(run);

    return leak && scheduleViolation(context, run, leak);
  },
});

export const noDeadlock = property("K3", "single calls never deadlock, however they queue", {
  caseKind: "schedule",
  given: {
    /** The organizations that the first session locks, in this order. */
    holds: array(nat({ max: 2 }), { minLength: 1, maxLength: 2 }),
    /** The calls of each other session; each call is a transaction. */
    calls: array(
      array(oneof({ weight: 4, arbitrary: sessionConsumptions() }, sessionAllocations()), {
        minLength: 1,
        maxLength: 2,
      }),
      { minLength: 2, maxLength: SESSIONS.length - 1 },
    ),
    picks: picks(),
  },
  examples: [
    // The second waits for the organization that is held; the third locks its own, and waits behind the second.
    { holds: [1], calls: [[consume(1, 1)], [consume(1, 0)]], picks: [0, 0, 1, 2] },
  ],
  async holds({ holds, calls, picks }, context: CreditsContext) {
    requireIndependence(context.schema);
    const organizations = organizationsFromPools([100, 100, 100]);
    const callers = calls.map((list, index) => ({
      session: SESSIONS[index + 1] ?? "",
      steps: list.map((call, at) => ({
        name: `${call.kind}${at === 0 ? "" : at + 1}`,
        sql: callSql(resolveSessionCall(call, organizations)),
      })),
    }));
    const parts = [lockingSession(holds), ...callers];
    const run = await runSessions(context, organizations, parts, pickingScheduler(parts, picks));
    const deadlock = findScheduleError(run.transcript, /^40P01$/);

    return (
      deadlock &&
      scheduleViolation(context, run, {
        kind: "deadlock",
        expected: `${deadlock.name} waits for its turn, and then has it`,
        got: formatSqlError(deadlock.error),
      })
    );
  },
});

export const noWait = property("K4", "calls on different organizations never wait for each other", {
  caseKind: "schedule",
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
  async holds({ sessions, picks }, context: CreditsContext) {
    requireIndependence(context.schema);
    const organizations = organizationsFromPools([100, 100, 100]);
    const own = sessions.map((list, organization) =>
      list.map((one) => ({ ...one, calls: one.calls.map((call) => ({ ...call, organization })) })),
    );
    const parts = buildSessions(buildTransactions(own, organizations));
    const run = await runSessions(context, organizations, parts, pickingScheduler(parts, picks));
    const wait = run.transcript.events.find(({ kind }) => kind === "waits");

    return wait?.kind !== "waits"
      ? undefined
      : scheduleViolation(context, run, {
          kind: "waits",
          expected: `${stepName(wait)}, which is on an organization of its own, does not wait`,
          got: `it waits for ${wait.blockedBy.join(", ")}`,
        });
  },
});

function refusedForLack(
  transcript: Transcript,
  name: string,
  type: CreditType,
  left: number,
  required: number,
): Deviation | undefined {
  const message = `Insufficient ${type} credits. Available: ${left}, Required: ${required}`;
  const result = findStepResult(transcript, name);

  return result?.error?.code === "P0001" && result.error.message === message
    ? undefined
    : {
        kind: nameLoser(result),
        expected: `${name} is refused: ${message}`,
        got: result === undefined ? `${name} never ends` : formatResult(result),
      };
}

function nameLoser(result: StatementResult | undefined): string {
  if (result === undefined) return "loser never ends";

  return `loser ${result.error === undefined ? "wins too" : nameCallError(result.error)}`;
}

function lockingSession(organizations: readonly number[]): ScheduleSession {
  const locks = organizations.map((organization, index) => ({
    name: index === 0 ? "lock" : `lock${index + 1}`,
    sql: `SELECT FROM organizations WHERE id = ${literal(nthId(organization))} FOR UPDATE;`,
  }));

  return {
    session: SESSIONS[0],
    steps: [{ name: "begin", sql: "BEGIN;" }, ...locks, { name: "commit", sql: "COMMIT;" }],
  };
}
