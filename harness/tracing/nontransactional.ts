/**
 * Traces statements that cannot run inside a transaction block. One that commits by itself reports its locks through
 * triggers at each commit; of the others (CONCURRENTLY, VACUUM) another session reads the locks while they wait for a
 * transaction that was opened to block them.
 */
import type { Database } from "../database/database-provider.ts";
import type { Session } from "../database/session.ts";
import type { SqlError } from "../database/sql-error.ts";
import { traceCommits } from "./commit-triggers.ts";
import { readBackendPid, readHeldLocks, strongestLocks } from "./held-locks.ts";
import type { Lock, TableMode } from "./lock-modes.ts";
import { withoutLockTimeout } from "./lock-timeout.ts";
import { diffRowCounts, findRewrittenTables, listTables, type RelationsByOid, readRelations } from "./relations.ts";
import type { ObservedLocks, StatementTrace } from "./statement-trace.ts";
import { forbidsCommit } from "./transaction.ts";
import { type RunningStatement, startStatement, waitUntilBlocked } from "./watch.ts";

/**
 * Applies the statement and traces it.
 * @param transactionError the error that it raised inside a transaction block
 */
export async function traceNontransactional(
  database: Database,
  session: Session,
  sql: string,
  transactionError: SqlError,
): Promise<StatementTrace> {
  const before = await readRelations(session);
  const { locks, rowsHeld, error } = forbidsCommit(transactionError)
    ? await traceCommits(session, sql, before)
    : await withoutLockTimeout(session, async () => await traceWhileBlocked(database, session, sql, before));
  const after = await readRelations(session);

  return {
    locks: strongestLocks(locks),
    counts: diffRowCounts(before, after),
    rowsHeld,
    rewrites: findRewrittenTables(before, after),
    nontransactional: true,
    ...(error === undefined ? {} : { error }),
  };
}

/** The modes that another session holds on every table; it releases them one by one, the strongest first. */
const OBSTACLES: readonly TableMode[] = ["ROW EXCLUSIVE", "SHARE UPDATE EXCLUSIVE", "ACCESS EXCLUSIVE"];

/**
 * Blocks the statement at three points, each further on: at its first lock on a table, at one that conflicts with other
 * maintenance, and at waiting for writers that began before it.
 */
async function traceWhileBlocked(
  database: Database,
  session: Session,
  sql: string,
  before: RelationsByOid,
): Promise<ObservedLocks> {
  await using blocker = await database.connect();
  await using observer = await database.connect();
  const pid = await readBackendPid(session);
  const tables = listTables(before).join(", ");
  const obstacles = tables === "" ? [] : OBSTACLES;
  await blocker.query("BEGIN");
  for (const [index, mode] of obstacles.entries()) {
    await blocker.query(`SAVEPOINT obstacle_${index}`);
    await blocker.query(`LOCK TABLE ${tables} IN ${mode} MODE`);
  }
  const running = startStatement(session, sql);
  const locks: Lock[] = [];
  for (const index of [...obstacles.keys()].reverse()) {
    locks.push(...(await readLocksWhileBlocked(observer, pid, running, before)));
    await blocker.query(`ROLLBACK TO obstacle_${index}`);
  }
  await blocker.query("ROLLBACK");
  const { error } = await running.result;

  return { locks, rowsHeld: new Map(), ...(error === undefined ? {} : { error }) };
}

async function readLocksWhileBlocked(
  observer: Session,
  pid: string,
  running: RunningStatement,
  relations: RelationsByOid,
): Promise<readonly Lock[]> {
  if (!(await waitUntilBlocked(observer, pid, running))) return [];
  const { granted, awaited } = await readHeldLocks(observer, pid, relations);

  return awaited?.kind === "table" ? [...granted, { table: awaited.table, mode: awaited.mode }] : granted;
}
