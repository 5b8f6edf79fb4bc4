/**
 * What it costs to make calls up, play them and hold each against the model, beside the same calls awaited one by one,
 * and beside the bare function under pgbench: the most that the server could do. Each session has a database of its
 * own, as the properties have.
 */
import { record, sample } from "fast-check";
import type { Databases } from "../../harness/database/databases.ts";
import type { Server } from "../../harness/database/server.ts";
import type { Session } from "../../harness/database/session.ts";
import type { Release } from "../../harness/release/release.ts";
import { LANES } from "../../harness/suite/concurrency-limit.ts";
import { type History, placed, playSeries } from "../../properties/credits/database/batch-play.ts";
import { preparePlayer } from "../../properties/credits/database/play.ts";
import { callSql, insertOrganizations, numbersSql } from "../../properties/credits/database/sql.ts";
import {
  allocations,
  consumptions,
  foreseenOf,
  histories,
  organizations,
  questions,
} from "../../properties/credits/model/arbitraries.ts";
import type { Call, Organization } from "../../properties/credits/model/model.ts";
import { type CreditsContext, openContext } from "../../properties/credits/world.ts";
import { freshSql } from "../load/calls.ts";
import { chooseDriver } from "../load/driver.ts";
import { type Paces, pacesOf } from "./paired-timings.ts";

/** So many turns that what is idle at the first and the last of them does not count. */
const SERIES = { turns: 48, histories: 100 };
const AWAITED = { turns: 3, histories: 20 };
const ROUNDS = 11;
/** As many as properties are at work at the same time. */
const SESSIONS = LANES;
const BARE_SESSIONS = 2;
const BARE_CALLS = 4000;
/** Enough that the bare calls seldom meet. */
const BARE_ORGANIZATIONS = 1000;

/** What the properties of the functions are given. */
const given = record({
  organizations: organizations(),
  calls: histories(consumptions(), consumptions(), allocations(), questions()),
});

export async function verifiedCalls(server: Server, databases: Databases, release: Release): Promise<Paces> {
  const world = openContext({ release, databases });
  try {
    const sessions = await openSessions(world);
    // Apart from the others: emptying a table makes every session on it plan anew.
    const emptied = await openSessions(world);
    const bare = await world.migrated();
    for (const sql of freshSql(BARE_ORGANIZATIONS)) {
      await bare.query(sql);
    }
    const driver = await chooseDriver(server.connection(bare.database.name));
    const { name, because } = driver.told;
    const bareTurn = {
      kind: "consume",
      organizations: BARE_ORGANIZATIONS,
      sessions: BARE_SESSIONS,
      calls: BARE_CALLS,
    } as const;
    const paces = await pacesOf(
      `Generated calls, by ${SESSIONS} sessions`,
      "calls/s",
      {
        "in series, each verified": () => pace(sessions, played, SERIES),
        [name === "pgbench" ? `pgbench -M prepared -c ${BARE_SESSIONS}, bare` : "bare, by Node"]: async () =>
          (await driver.take(bareTurn)).callsPerSecond,
        "each awaited and looked at": () => pace(emptied, awaitedAndRead, AWAITED),
        "each awaited, nothing looked at": () => pace(emptied, awaited, AWAITED),
        "each awaited on one session, nothing looked at": () => pace(emptied.slice(0, 1), awaited, AWAITED),
      },
      ROUNDS,
    );

    return because === undefined
      ? paces
      : { ...paces, note: `The bare calls are made by Node, since ${because}.` };
  } finally {
    await world.close();
  }
}

async function openSessions(world: CreditsContext): Promise<readonly Session[]> {
  return await Promise.all(
    Array.from({ length: SESSIONS }, async () => {
      const { session } = await world.migrated();
      await preparePlayer(session);

      return session;
    }),
  );
}

let seed = 0;

/** So many histories that were not there before. */
function made(count: number): readonly History[] {
  seed += 1;

  return sample(given, { seed, numRuns: count }).map((one) => ({
    organizations: one.organizations,
    calls: foreseenOf(one.organizations, one.calls),
  }));
}

/** As the properties play them, every call held against the model. */
async function played(session: Session, all: readonly History[]): Promise<void> {
  const settled = await playSeries(session, all);
  if (settled.includes(false)) {
    throw new Error("A sound release did what the model does not foresee");
  }
}

/** The history with organizations of its own, since all of them are there at the same time. */
function apart(
  { organizations: list, calls }: History,
  place: number,
): { list: Organization[]; calls: Call[] } {
  const idOf = (id: string | null): string | null => (id === null ? null : placed(id, place));

  return {
    list: list.map((one) => ({ ...one, id: placed(one.id, place) })),
    calls: calls.map(({ call }) => ({ ...call, organization: idOf(call.organization) })),
  };
}

/** The same calls, each awaited and nothing looked at. */
async function awaited(session: Session, all: readonly History[]): Promise<void> {
  for (const { list, calls } of all.map(apart)) {
    await session.query(insertOrganizations(list));
    for (const call of calls) {
      await session.attempt(callSql(call));
    }
  }
  await session.query("TRUNCATE organizations, credit_actions");
}

/** The same calls, each awaited, and with it what a verification has to look at: the numbers and the log. */
async function awaitedAndRead(session: Session, all: readonly History[]): Promise<void> {
  for (const { list, calls } of all.map(apart)) {
    await session.query(insertOrganizations(list));
    for (const call of calls) {
      await session.attempt(callSql(call));
      await session.attempt(numbersSql(call.organization ?? ""));
      await session.query("SELECT * FROM credit_actions ORDER BY id DESC LIMIT 2");
    }
  }
  await session.query("TRUNCATE organizations, credit_actions");
}

/** Calls a second, by all sessions together, from making them up on: who has played takes the next turn there is. */
async function pace(
  sessions: readonly Session[],
  play: typeof played,
  { turns, histories: count }: { readonly turns: number; readonly histories: number },
): Promise<number> {
  const began = performance.now();
  let left = turns;
  const counts = await Promise.all(
    sessions.map(async (session) => {
      let calls = 0;
      while (left > 0) {
        left -= 1;
        const all = made(count);
        await play(session, all);
        calls += all.reduce((sum, history) => sum + history.calls.length, 0);
      }

      return calls;
    }),
  );

  return (counts.reduce((sum, count) => sum + count, 0) * 1000) / (performance.now() - began);
}
