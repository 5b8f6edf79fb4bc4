/**
 * Finds the statements that queue behind a long transaction. The wait is observed while that transaction is open; what
 * would queue behind the statement follows from the locks that it holds and requests then.
 */
import type { Database } from "../database/database-provider.ts";
import type { Session } from "../database/session.ts";
import { waitForBlocker } from "../fault/observe-session.ts";
import type { Statement, Step } from "../release/release.ts";
import { groupByTransaction } from "../release/transactions.ts";
import { countLockedRows, readHeldLocks, type WaitTarget } from "./held-locks.ts";
import { blockedOperations, isTableMode, type Lock } from "./lock-modes.ts";
import { readLockTimeoutMs, withoutLockTimeout } from "./lock-timeout.ts";
import { listTables, type RelationsByOid, readRelations } from "./relations.ts";
import { isSetting, transactionChange } from "./transaction.ts";

/** A wait of one statement. */
export interface ObservedWait {
  readonly awaited: WaitTarget;
  /** Its held and requested locks that block reads or writes, and the rows that it has locked. */
  readonly blocking: readonly Lock[];
  /** The lock timeout in force, in milliseconds; 0 means none. */
  readonly lockTimeoutMs: number;
}

/** A statement that waited for the long transaction. */
export interface QueuedStatement extends ObservedWait {
  readonly step: Step;
  readonly statement: Statement;
}

/** Bounds the start of the long transaction: it cannot begin while a transaction of the release blocks it. */
const BEGIN_LIMIT = "100ms";

interface Observation {
  /** Applies the steps. */
  readonly session: Session;
  /** Has the long transaction open. */
  readonly other: Session;
  readonly observer: Session;
  readonly long: readonly string[];
}

/**
 * Applies the steps, each statement while a transaction of another session is open; that is rolled back as soon as the
 * statement waits for it.
 * @param long the statements of the other transaction
 * @throws HarnessError when a statement neither waits nor ends
 */
export async function findQueuedStatements(
  database: Database,
  steps: readonly Step[],
  long: readonly string[],
): Promise<readonly QueuedStatement[]> {
  const session = await database.connect();
  const observation: Observation = {
    session,
    other: await database.connect(),
    observer: await database.connect(),
    long,
  };
  const queued: QueuedStatement[] = [];

  for (const { mode, steps: grouped } of groupByTransaction(steps)) {
    if (mode !== "statement") await session.query("BEGIN");
    for (const step of grouped) {
      for (const sql of step.before ?? []) await session.tryExecute(sql);
      queued.push(...(await applyStep(observation, step)));
      if (mode === "statement" && step.statements.some(({ node }) => node === "TransactionStmt")) {
        await session.tryExecute("ROLLBACK");
      }
    }
    if (mode !== "statement") await session.tryExecute("COMMIT");
  }

  return queued;
}

async function applyStep(observation: Observation, step: Step): Promise<readonly QueuedStatement[]> {
  const queued: QueuedStatement[] = [];
  let isExcluded = false;
  for (const statement of step.statements.filter(({ kind }) => kind === "sql")) {
    if (statement.node === "TransactionStmt") isExcluded = false;
    if (isExcluded) {
      await observation.session.tryExecute(statement.text);
    } else {
      const { wait, begun } = await applyObserved(observation, statement);
      if (wait !== undefined) queued.push({ step, statement, ...wait });
      // A transaction releases none of its locks before its end, or a savepoint's.
      isExcluded = !begun;
    }
  }

  return queued;
}

/**
 * Begins the long transaction.
 * @returns false if a lock of another session prevents one of its statements
 */
export async function beginLongTransaction(other: Session, long: readonly string[]): Promise<boolean> {
  await other.query("BEGIN");
  await other.query(`SET LOCAL lock_timeout = '${BEGIN_LIMIT}'`);
  for (const sql of long) {
    if ((await other.tryExecute(sql)).error !== undefined) return false;
  }

  return true;
}

/** @returns `begun` is false if the release's own transaction holds a lock that the long one needs, or was aborted */
async function applyObserved(
  observation: Observation,
  statement: Statement,
): Promise<{ readonly wait?: ObservedWait | undefined; readonly begun: boolean }> {
  const { session, other, long } = observation;
  if (transactionChange(statement) !== undefined || isSetting(statement)) {
    await session.tryExecute(statement.text);
    return { begun: true };
  }
  // An aborted transaction accepts nothing but its end.
  const isUsable = (await session.tryExecute("SELECT 1")).error === undefined;
  const begun = isUsable && (await beginLongTransaction(other, long));
  const wait = begun ? await observeWait(observation, statement.text) : undefined;
  // Without an open transaction this is a mere warning.
  await other.query("ROLLBACK");
  if (!begun) await session.tryExecute(statement.text);

  return { wait, begun };
}

/** Applies the statement; if it waits, the long transaction ends once the locks have been read. */
async function observeWait(observation: Observation, sql: string): Promise<ObservedWait | undefined> {
  const { session, other, observer } = observation;
  const relations = await readRelations(observer);
  const lockedBefore = await countAllLockedRows(observer, listTables(relations));
  const lockTimeoutMs = await readLockTimeoutMs(session);

  return await withoutLockTimeout(session, async () => {
    const running = session.tryExecute(sql);
    const isBlocked = await waitForBlocker(observer, session, running);
    const wait = isBlocked ? await readWait(observer, session, relations, lockedBefore) : undefined;
    await other.query("ROLLBACK");
    await running;

    return wait && { ...wait, lockTimeoutMs };
  });
}

async function readWait(
  observer: Session,
  session: Session,
  relations: RelationsByOid,
  lockedBefore: ReadonlyMap<string, number>,
): Promise<Omit<ObservedWait, "lockTimeoutMs"> | undefined> {
  const { granted, awaited } = await readHeldLocks(observer, session, relations);
  if (awaited === undefined) return undefined;
  const requested = awaited.kind === "table" ? [{ table: awaited.table, mode: awaited.mode }] : [];
  const tables = listTables(relations).filter((table) => requested.every((lock) => lock.table !== table));
  const rows = await countAllLockedRows(observer, tables);

  return {
    awaited,
    blocking: [
      ...[...requested, ...granted].filter(({ mode }) => isTableMode(mode) && blockedOperations(mode) !== "nothing"),
      ...[...rows]
        .filter(([table, count]) => count > (lockedBefore.get(table) ?? 0))
        .map(([table]): Lock => ({ table, mode: "FOR NO KEY UPDATE" })),
    ],
  };
}

async function countAllLockedRows(observer: Session, tables: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const locked = new Map<string, number>();
  for (const table of tables) locked.set(table, (await countLockedRows(observer, table)) ?? 0);

  return locked;
}
