/**
 * What a history costs in one round trip, beside the same calls awaited one by one. Both are timed in turns on one
 * server, so that only their ratio counts.
 *
 * Run it: npm run bench:harness
 */

import { Databases } from "../harness/database/databases.ts";
import type { Session } from "../harness/database/session.ts";
import { readRelease } from "../harness/release/read-release.ts";
import { startEmbedded } from "../harness/server/embedded.ts";
import { idOf } from "../properties/credits/arbitraries.ts";
import {
  all,
  firstFault,
  logsAsExpected,
  nothingElseChanges,
  numbersAsExpected,
  returnsAsExpected,
} from "../properties/credits/judge.ts";
import {
  allocationOf,
  type Call,
  CREDIT_TYPES,
  NOTHING,
  type Organization,
} from "../properties/credits/model.ts";
import { play, preparePlayer } from "../properties/credits/play.ts";
import { callSql, insertOrganizations, numbersSql } from "../properties/credits/sql.ts";
import { openWorld } from "../properties/world.ts";

const CALLS_A_HISTORY = 15;
const HISTORIES_A_ROUND = 40;
const ROUNDS = 7;
const SESSIONS = 2;

/** An organization for each session: two that made the same one would wait for each other. */
const organizationOf = (session: number): Organization => ({
  id: idOf(session),
  name: "Any",
  planName: "enterprise",
  totalCredits: 0,
  status: "active",
  numbers: { allocated: allocationOf("enterprise", 0), used: NOTHING },
});
const callsOf = ({ id }: Organization): readonly Call[] =>
  Array.from({ length: CALLS_A_HISTORY }, (_, index) => ({
    kind: "consume",
    organization: id,
    type: CREDIT_TYPES[index % CREDIT_TYPES.length] ?? "ai",
    credits: index + 1,
  }));
const judge = all(returnsAsExpected, numbersAsExpected, nothingElseChanges, logsAsExpected);

/** A history as the properties play it: one round trip, every call held against the model. */
async function played(session: Session, organization: Organization): Promise<void> {
  const fault = firstFault(await play(session, [organization], callsOf(organization)), judge);
  if (fault !== undefined) {
    throw new Error(`${fault.expected}, but: ${fault.got}`);
  }
}

/** The same calls, each awaited and nothing looked at. */
async function awaited(session: Session, organization: Organization): Promise<void> {
  await session.query("BEGIN");
  await session.query(insertOrganizations([organization]));
  for (const call of callsOf(organization)) {
    await session.query(callSql(call));
  }
  await session.query("ROLLBACK");
}

/** The same calls, each awaited, and with it what a verification has to look at: the numbers and the log. */
async function awaitedAndRead(session: Session, organization: Organization): Promise<void> {
  await session.query("BEGIN");
  await session.query(insertOrganizations([organization]));
  for (const call of callsOf(organization)) {
    await session.query("SAVEPOINT call");
    await session.query(callSql(call));
    await session.query(numbersSql(organization.id));
    await session.query("SELECT * FROM credit_actions ORDER BY id DESC LIMIT 2");
  }
  await session.query("ROLLBACK");
}

/** Calls a second, by all sessions together. */
async function rate(sessions: readonly Session[], history: typeof played): Promise<number> {
  const began = performance.now();
  await Promise.all(
    sessions.map(async (session, number) => {
      for (let index = 0; index < HISTORIES_A_ROUND; index += 1) {
        await history(session, organizationOf(number));
      }
    }),
  );

  return (sessions.length * HISTORIES_A_ROUND * CALLS_A_HISTORY * 1000) / (performance.now() - began);
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}

await using server = await startEmbedded();
await using databases = new Databases(server);
const world = openWorld({ release: await readRelease("sql/hardened"), databases });
const stage = await world.migrated();
const sessions = await Promise.all(Array.from({ length: SESSIONS }, () => stage.database.connect()));
await Promise.all(sessions.map((session) => preparePlayer(session)));

const kinds = { played, awaited, awaitedAndRead };
const rates: Record<keyof typeof kinds, number[]> = { played: [], awaited: [], awaitedAndRead: [] };
for (let round = 0; round < ROUNDS; round += 1) {
  for (const kind of ["played", "awaited", "awaitedAndRead"] as const) {
    rates[kind].push(await rate(sessions, kinds[kind]));
  }
}
await world.close();

const [one, two, three] = [median(rates.played), median(rates.awaited), median(rates.awaitedAndRead)];
process.stdout.write(`A history of ${CALLS_A_HISTORY} calls, ${SESSIONS} sessions, median of ${ROUNDS} rounds in turn

  in one round trip, every call verified     ${Math.round(one)} calls/s
  each call awaited, verified                ${Math.round(three)} calls/s   ratio ${(one / three).toFixed(1)}
  each call awaited, nothing verified        ${Math.round(two)} calls/s   ratio ${(one / two).toFixed(1)}
`);
