/**
 * Which statements queue behind a long transaction. That one waits is seen while the transaction is open; who would
 * queue behind it follows from what it holds and wants at that moment.
 */
import type { Database } from "../database/databases.ts";
import type { Session } from "../database/session.ts";
import type { Statement, Step } from "../release/release.ts";
import { type Awaited, countLockedRows, pidOf, readHolding } from "./held-locks.ts";
import { isTableMode, type Lock, stoppedBy } from "./lock-modes.ts";
import { lockTimeoutMsOf, withoutLockTimeout } from "./lock-timeout.ts";
import { type Relations, readRelations, tablesOf } from "./relations.ts";
import { changesTransaction, isSetting } from "./transaction.ts";
import { seenToWait, start } from "./watch.ts";

/** What was seen of a statement that waited. */
export interface Wait {
  readonly awaited: Awaited;
  /** What others wait for meanwhile: its locks that stop reads or writes, and rows that it has locked. */
  readonly stopping: readonly Lock[];
  /** The lock timeout in force, in milliseconds; 0 where the statement waits without end. */
  readonly lockTimeoutMs: number;
}

/** A statement that was seen to wait for the long transaction. */
export interface Queued extends Wait {
  readonly step: Step;
  readonly statement: Statement;
}

/** For so long the other transaction tries to begin: it cannot where the release's own transaction is in its way. */
const BEGIN_LIMIT = "100ms";

/**
 * Applies the steps, each statement while a transaction of another session is open, which is rolled back when the
 * statement is seen to wait for it.
 * @param long what the other transaction does before
 * @throws HarnessError when a statement neither waits nor ends
 */
export async function findQueued(
  database: Database,
  steps: readonly Step[],
  long: readonly string[],
): Promise<readonly Queued[]> {
  const session = await database.connect();
  const scene: Scene = {
    session,
    pid: await pidOf(session),
    other: await database.connect(),
    observer: await database.connect(),
    long,
  };
  const queued: Queued[] = [];

  for (const step of steps) {
    for (const statement of step.statements.filter(({ kind }) => kind === "sql")) {
      const wait = await applyWatched(scene, statement);
      if (wait !== undefined) {
        queued.push({ step, statement, ...wait });
      }
    }
    if (step.statements.some(({ node }) => node === "TransactionStmt")) {
      await session.attempt("ROLLBACK");
    }
  }

  return queued;
}

interface Scene {
  /** Who applies the steps. */
  readonly session: Session;
  readonly pid: string;
  /** Who has the long transaction. */
  readonly other: Session;
  readonly observer: Session;
  readonly long: readonly string[];
}

/**
 * Begins the long transaction.
 * @returns false where it cannot do all of that, because somebody is in its way
 */
export async function beginLong(other: Session, long: readonly string[]): Promise<boolean> {
  await other.query("BEGIN");
  await other.query(`SET LOCAL lock_timeout = '${BEGIN_LIMIT}'`);
  for (const sql of long) {
    if ((await other.attempt(sql)).refusal !== undefined) {
      return false;
    }
  }

  return true;
}

async function applyWatched(scene: Scene, statement: Statement): Promise<Wait | undefined> {
  const { session, other, long } = scene;
  if (changesTransaction(statement) !== undefined || isSetting(statement)) {
    await session.attempt(statement.text);
    return undefined;
  }
  // A transaction that failed takes nothing but its end.
  const alive = (await session.attempt("SELECT 1")).refusal === undefined;
  const begun = alive && (await beginLong(other, long));
  const wait = begun ? await waitOf(scene, statement.text) : undefined;
  // Where the other one did not begin, a warning is all that comes of it.
  await other.query("ROLLBACK");
  if (!begun) {
    await session.attempt(statement.text);
  }

  return wait;
}

/** Applies the statement; where it waits, the long transaction is ended as soon as all is seen. */
async function waitOf(scene: Scene, sql: string): Promise<Wait | undefined> {
  const { session, pid, other, observer } = scene;
  const relations = await readRelations(observer);
  const lockedBefore = await lockedRows(observer, tablesOf(relations));
  const lockTimeoutMs = await lockTimeoutMsOf(session);

  return await withoutLockTimeout(session, async () => {
    const running = start(session, sql);
    const waits = await seenToWait(observer, pid, running);
    const seen = waits ? await whatWaits(observer, pid, relations, lockedBefore) : undefined;
    await other.query("ROLLBACK");
    await running.outcome;

    return seen && { ...seen, lockTimeoutMs };
  });
}

async function whatWaits(
  observer: Session,
  pid: string,
  relations: Relations,
  lockedBefore: ReadonlyMap<string, number>,
): Promise<Omit<Wait, "lockTimeoutMs"> | undefined> {
  const { granted, awaited } = await readHolding(observer, pid, relations);
  if (awaited === undefined) {
    return undefined;
  }
  const queue = awaited.kind === "table" ? [{ table: awaited.table, mode: awaited.mode }] : [];
  const tables = tablesOf(relations).filter((table) => queue.every((lock) => lock.table !== table));
  const rows = await lockedRows(observer, tables);

  return {
    awaited,
    stopping: [
      ...[...queue, ...granted].filter(({ mode }) => isTableMode(mode) && stoppedBy(mode) !== "nothing"),
      ...[...rows]
        .filter(([table, count]) => count > (lockedBefore.get(table) ?? 0))
        .map(([table]): Lock => ({ table, mode: "FOR NO KEY UPDATE" })),
    ],
  };
}

async function lockedRows(
  observer: Session,
  tables: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const locked = new Map<string, number>();
  for (const table of tables) {
    locked.set(table, (await countLockedRows(observer, table)) ?? 0);
  }

  return locked;
}
