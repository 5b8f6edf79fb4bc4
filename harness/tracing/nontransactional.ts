/**
 * Tracing statements that run outside of a transaction. One that commits by itself tells its locks through triggers, at
 * each of its commits, when it holds all of them; of the others (CONCURRENTLY, VACUUM) the locks are read from another
 * session while they wait for a transaction that was opened for them to wait for.
 */
import type { Database } from "../database/databases.ts";
import type { Refusal, Session } from "../database/session.ts";
import { tellingCommits } from "./commit-triggers.ts";
import { pidOf, readHolding, strongestOf } from "./held-locks.ts";
import type { Lock, TableMode } from "./lock-modes.ts";
import { withoutLockTimeout } from "./lock-timeout.ts";
import { countsBetween, type Relations, readRelations, rewrittenBetween, tablesOf } from "./relations.ts";
import type { Trace } from "./trace.ts";
import { refusesToCommit } from "./transaction.ts";
import { type Running, seenToWait, start } from "./watch.ts";

/**
 * Applies the statement and traces it.
 * @param refused why it does not run in a transaction
 */
export async function traceOutside(
  database: Database,
  session: Session,
  sql: string,
  refused: Refusal,
): Promise<Trace> {
  const before = await readRelations(session);
  const seen = refusesToCommit(refused)
    ? await tellingCommits(session, sql, before)
    : await withoutLockTimeout(session, async () => await waitingLocks(database, session, sql, before));
  const after = await readRelations(session);

  return {
    locks: strongestOf(seen.locks),
    counts: countsBetween(before, after),
    rowsHeld: seen.rowsHeld,
    rewrites: rewrittenBetween(before, after),
    outside: true,
    ...(seen.refusal === undefined ? {} : { refusal: seen.refusal }),
  };
}

/** What was seen of a statement outside of a transaction. */
export interface Seen {
  readonly locks: readonly Lock[];
  readonly rowsHeld: ReadonlyMap<string, number>;
  readonly refusal?: Refusal;
}

/** What another session holds on every table, and lets go of one by one, the strongest first. */
const OBSTACLES: readonly TableMode[] = ["ROW EXCLUSIVE", "SHARE UPDATE EXCLUSIVE", "ACCESS EXCLUSIVE"];

/**
 * Has the statement wait, each time a little further on: for its first lock on a table, for one that keeps other
 * maintenance out, and for a writer who began before it.
 */
async function waitingLocks(
  database: Database,
  session: Session,
  sql: string,
  before: Relations,
): Promise<Seen> {
  await using blocker = await database.connect();
  await using observer = await database.connect();
  const pid = await pidOf(session);
  const tables = tablesOf(before).join(", ");
  const obstacles = tables === "" ? [] : OBSTACLES;
  await blocker.query("BEGIN");
  for (const [index, mode] of obstacles.entries()) {
    await blocker.query(`SAVEPOINT obstacle_${index}`);
    await blocker.query(`LOCK TABLE ${tables} IN ${mode} MODE`);
  }
  const running = start(session, sql);
  const locks: Lock[] = [];
  for (const index of [...obstacles.keys()].reverse()) {
    locks.push(...(await locksWhileWaiting(observer, pid, running, before)));
    await blocker.query(`ROLLBACK TO obstacle_${index}`);
  }
  await blocker.query("ROLLBACK");
  const { refusal } = await running.outcome;

  return { locks, rowsHeld: new Map(), ...(refusal === undefined ? {} : { refusal }) };
}

async function locksWhileWaiting(
  observer: Session,
  pid: string,
  running: Running,
  relations: Relations,
): Promise<readonly Lock[]> {
  if (!(await seenToWait(observer, pid, running))) {
    return [];
  }
  const { granted, awaited } = await readHolding(observer, pid, relations);

  return awaited?.kind === "table" ? [...granted, { table: awaited.table, mode: awaited.mode }] : granted;
}
