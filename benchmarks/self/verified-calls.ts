/**
 * Measures generating calls, playing them and comparing each with the model, against the same calls sent one by one, and
 * against the plain function under pgbench: the most that the server can do. Each session has a database of its own, as
 * in the properties, and as many sessions run at the same time.
 */
import { record, sample } from "fast-check";
import { sum } from "simple-statistics";
import { loadConfiguration } from "../../harness/configuration/load-configuration.ts";
import type { Databases } from "../../harness/database/databases.ts";
import type { Server } from "../../harness/database/server.ts";
import type { Session } from "../../harness/database/session.ts";
import type { Release } from "../../harness/release/release.ts";
import { CONCURRENCY } from "../../harness/suite/concurrency-limit.ts";
import { type CallHistory, playBatch } from "../../properties/credits/database/batch-play.ts";
import { preparePlayer } from "../../properties/credits/database/play.ts";
import { callSql, insertOrganizations, numbersSql } from "../../properties/credits/database/sql.ts";
import {
  allocationCalls,
  availabilityCalls,
  consumptionCalls,
  histories,
  organizations,
  predictCalls,
} from "../../properties/credits/model/arbitraries.ts";
import type { CreditSchema } from "../../properties/credits/model/credit-schema.ts";
import { nthId } from "../../properties/credits/model/model.ts";
import { type CreditsContext, openContext } from "../../properties/credits/world.ts";
import { resetStatements } from "../load/calls.ts";
import { chooseDriver } from "../load/driver.ts";
import { measureRates, type TimingTable } from "./paired-timings.ts";

/** Enough turns that idle sessions at the first and last turn do not matter. */
const BATCHES = { turns: 48, histories: 100 };
const SINGLE = { turns: 3, histories: 20 };
const ROUNDS = 11;
/** Enough organizations that the plain calls seldom conflict. */
const PLAIN = { kind: "consume", organizations: 1000, sessions: 2, calls: 4000 } as const;

const given = record({
  organizations: organizations(),
  calls: histories(consumptionCalls(), consumptionCalls(), allocationCalls(), availabilityCalls()),
});

export async function measureVerifiedCalls(
  server: Server,
  databases: Databases,
  release: Release,
): Promise<TimingTable> {
  const configuration = await loadConfiguration(release.folder);
  const context = openContext({ release, databases, configuration });
  try {
    await context.prepare();
    const sessions = await openSessions(context);
    // Separate from the others: TRUNCATE makes every session on a database plan again.
    const truncating = await openSessions(context);
    const plain = await context.migrated();
    for (const sql of resetStatements(PLAIN.organizations, context.schema)) await plain.query(sql);
    const driver = await chooseDriver(server.connection(plain.database.name));
    const { name, because } = driver.description;
    const plainName =
      name === "pgbench" ? `pgbench -M prepared -c ${PLAIN.sessions}, not verified` : "by Node, not verified";
    const table = await measureRates(
      `Generated calls on ${release.name}, by ${CONCURRENCY} sessions`,
      "calls/s",
      {
        "in batches, each verified": () => measureCalls(context, sessions, playVerified, BATCHES),
        [plainName]: async () => (await driver.run(PLAIN)).callsPerSecond,
        "one by one, with the state read": () => measureCalls(context, truncating, callAndRead, SINGLE),
        "one by one, nothing read": () => measureCalls(context, truncating, callOnly, SINGLE),
        "one by one on one session, nothing read": () =>
          measureCalls(context, truncating.slice(0, 1), callOnly, SINGLE),
      },
      ROUNDS,
    );

    return { ...table, note: because === undefined ? undefined : `Node makes the unverified calls: ${because}.` };
  } finally {
    await context.close();
  }
}

async function openSessions(context: CreditsContext): Promise<readonly Session[]> {
  return await Promise.all(
    Array.from({ length: CONCURRENCY }, async () => {
      const { session } = await context.migrated();
      await preparePlayer(session, context.schema);

      return session;
    }),
  );
}

type Play = (session: Session, histories: readonly CallHistory[], schema: CreditSchema) => Promise<void>;

/** As the properties play histories, with every call compared with the model. */
const playVerified: Play = async (session, all, schema) => {
  const outcomes = await playBatch(session, all, schema);
  if (outcomes.includes(false)) throw new Error("A sound release did what the model does not predict");
};

/** The same calls, one by one. */
const callOnly: Play = async (session, all, schema) => await callEach(session, all, schema, async () => undefined);

/** The same calls, each with the reads that verify it: the numbers and the log. */
const callAndRead: Play = async (session, all, schema) =>
  await callEach(session, all, schema, async (organization) => {
    await session.tryExecute(numbersSql(organization ?? ""));
    await session.query("SELECT * FROM credit_actions ORDER BY id DESC LIMIT 2");
  });

async function callEach(
  session: Session,
  all: readonly CallHistory[],
  schema: CreditSchema,
  after: (organization: string | null) => Promise<void>,
): Promise<void> {
  let count = 0;
  for (const { organizations: list, calls } of all) {
    // All histories are in the database at the same time: each has ids of its own.
    const ids = new Map(list.map(({ id }, index) => [id, nthId(count + index)]));
    count += list.length;
    await session.query(
      insertOrganizations(
        list.map((one) => ({ ...one, id: ids.get(one.id) ?? one.id })),
        schema,
      ),
    );
    for (const { call } of calls) {
      const organization = call.organization === null ? null : (ids.get(call.organization) ?? call.organization);
      await session.tryExecute(callSql({ ...call, organization }));
      await after(organization);
    }
  }
  await session.query("TRUNCATE organizations, credit_actions CASCADE");
}

let seed = 0;

function generateHistories(context: CreditsContext, count: number): readonly CallHistory[] {
  seed += 1;

  return sample(given, { seed, numRuns: count }).map((one) => {
    const { organizations: list, calls } = context.fitCase(one) as typeof one;

    return { organizations: list, calls: predictCalls(list, calls) };
  });
}

/** Calls per second of all sessions, generation included; each session takes the next turn when it is done. */
async function measureCalls(
  context: CreditsContext,
  sessions: readonly Session[],
  play: Play,
  { turns, histories: count }: { readonly turns: number; readonly histories: number },
): Promise<number> {
  const began = performance.now();
  let turnsLeft = turns;
  const counts = await Promise.all(
    sessions.map(async (session) => {
      let calls = 0;
      while (turnsLeft > 0) {
        turnsLeft -= 1;
        const all = generateHistories(context, count);
        await play(session, all, context.schema);
        calls += sum(all.map((history) => history.calls.length));
      }

      return calls;
    }),
  );

  return (sum(counts) * 1000) / (performance.now() - began);
}
