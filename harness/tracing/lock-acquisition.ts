/**
 * Observes in which order a statement takes its locks: another session holds one of them, and while the statement waits
 * for it, the locks that it already holds are read. Nothing stays changed.
 */
import type { Database } from "../database/database-provider.ts";
import type { Session } from "../database/session.ts";
import { waitForBlocker } from "../fault/observe-session.ts";
import { countLockedRows, readHeldLocks } from "./held-locks.ts";
import type { Lock } from "./lock-modes.ts";
import type { LockAcquisition } from "./lock-order.ts";
import { withoutLockTimeout } from "./lock-timeout.ts";
import { type RelationsByOid, readRelations } from "./relations.ts";

/** A statement whose locks are observed. */
export interface LockingStatement {
  readonly name: string;
  readonly sql: string;
  /** True if it cannot run in a transaction block: it is then blocked only before its first lock on a table or row. */
  readonly nontransactional?: boolean;
}

/** What another session holds on a table: each blocks the statement at another of its locks, the strongest at its first. */
const OBSTACLES = [
  (table: string) => `LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`,
  (table: string) => `SELECT count(*) FROM (SELECT FROM ${table} FOR NO KEY UPDATE) AS locked`,
  (table: string) => `LOCK TABLE ${table} IN SHARE MODE`,
  (table: string) => `LOCK TABLE ${table} IN ROW EXCLUSIVE MODE`,
];

interface Observation {
  readonly session: Session;
  readonly blocker: Session;
  readonly observer: Session;
  readonly tables: readonly string[];
  readonly relations: RelationsByOid;
}

/**
 * The points at which the statement waits for a lock on one of the tables while it holds others.
 * @param session runs the statement; it is in no transaction
 * @throws HarnessError when the statement neither waits nor ends
 */
export async function observeLockAcquisitions(
  database: Database,
  session: Session,
  statement: LockingStatement,
  tables: readonly string[],
): Promise<readonly LockAcquisition[]> {
  if (tables.length === 0) return [];
  await using blocker = await database.connect();
  await using observer = await database.connect();
  const observation: Observation = {
    session,
    blocker,
    observer,
    tables,
    relations: await readRelations(observer),
  };
  const acquisitions = await withoutLockTimeout(session, async () => {
    const found: (LockAcquisition | undefined)[] = [];
    for (const table of tables) found.push(...(await observeTable(observation, statement, table)));
    return found;
  });

  return acquisitions.flatMap((one) => (one === undefined || one.holding.length === 0 ? [] : [one]));
}

/** A statement that does not even wait for an ACCESS EXCLUSIVE lock takes no lock on the table. */
async function observeTable(
  observation: Observation,
  statement: LockingStatement,
  table: string,
): Promise<readonly (LockAcquisition | undefined)[]> {
  const obstacles = statement.nontransactional === true ? OBSTACLES.slice(0, 2) : OBSTACLES;
  const found: (LockAcquisition | undefined)[] = [];
  for (const obstacle of obstacles) {
    const acquisition = await observeBlocked(observation, statement, table, obstacle(table));
    if (acquisition === undefined && found.length === 0) return [];
    found.push(acquisition);
  }

  return found;
}

async function observeBlocked(
  observation: Observation,
  { name, sql, nontransactional = false }: LockingStatement,
  table: string,
  obstacle: string,
): Promise<LockAcquisition | undefined> {
  const { session, blocker, observer } = observation;
  await blocker.query("BEGIN");
  await blocker.query(obstacle);
  if (!nontransactional) await session.query("BEGIN");
  const running = session.tryExecute(sql);
  const isBlocked = await waitForBlocker(observer, session, running);
  const acquisition = isBlocked ? await readAcquisition(observation, name, table) : undefined;
  if (isBlocked) await observer.query("SELECT pg_cancel_backend($1)", [session.pid]);
  await running;
  if (!nontransactional) await session.query("ROLLBACK");
  await blocker.query("ROLLBACK");

  return acquisition;
}

async function readAcquisition(
  { session, observer, tables, relations }: Observation,
  actor: string,
  blockedOn: string,
): Promise<LockAcquisition | undefined> {
  const { granted, awaited } = await readHeldLocks(observer, session, relations);
  if (awaited === undefined || awaited.kind === "transactions") return undefined;
  const rows: Lock[] = [];
  for (const table of tables.filter((one) => one !== blockedOn)) {
    if (((await countLockedRows(observer, table)) ?? 0) > 0) rows.push({ table, mode: "FOR NO KEY UPDATE" });
  }
  const wanted: Lock =
    awaited.kind === "table"
      ? { table: awaited.table, mode: awaited.mode }
      : { table: awaited.table ?? blockedOn, mode: "FOR NO KEY UPDATE" };

  return { actor, holding: [...granted, ...rows], wanted };
}
