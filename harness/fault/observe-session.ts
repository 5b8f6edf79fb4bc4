/**
 * Observes a session from another one: whether it waits, and whether it is gone. Each wait polls its condition until it
 * holds or a limit has passed; no duration counts as a wait.
 */
import { setTimeout as delay } from "node:timers/promises";
import { DatabaseError } from "pg";
import type { Session, StatementResult } from "../database/session.ts";
import { HarnessError } from "../errors.ts";

const LIMIT_MS = 20_000;
const POLL_INTERVAL_MS = 2;

/** CREATE INDEX CONCURRENTLY also waits for the snapshot of this query, which ends with it: it does not count. */
const BLOCKED = "cardinality(array_remove(pg_blocking_pids($1::integer), pg_backend_pid())) > 0";

/**
 * Waits until a session waits for another one, or until its statement has ended.
 * @param holder the other session; any if undefined
 * @returns whether it waits
 * @throws HarnessError where it does neither
 */
export async function waitForBlocker(
  watcher: Session,
  { pid }: Session,
  statement: Promise<unknown>,
  holder?: Session,
): Promise<boolean> {
  let ended = false;
  const end = () => {
    ended = true;
  };
  statement.then(end, end);
  const [condition, values] =
    holder === undefined ? [BLOCKED, [pid]] : ["$2 = ANY (pg_blocking_pids($1))", [pid, holder.pid]];

  await waitUntil(
    async () => {
      const [row] = await watcher.query(`SELECT ${condition} AS waits`, values);

      return row?.["waits"] === "t" || ended;
    },
    "A statement was neither blocked nor ended",
    "Find out what it is doing, and run again",
  );

  return !ended;
}

/** Cancels the session's statement whenever it is blocked, until the work is done, so that it never gets a lock. */
export async function cancelWheneverBlocked<Result>(
  watcher: Session,
  pid: number,
  work: Promise<Result>,
): Promise<Result> {
  let done = false;
  const ended = work.finally(() => {
    done = true;
  });
  // A rejection reaches the caller through the value returned below.
  ended.catch(() => undefined);
  await pollUntil(async () => {
    if (!done) await watcher.query(`SELECT pg_cancel_backend($1::integer) WHERE ${BLOCKED}`, [pid]);

    return done;
  });

  return await ended;
}

/**
 * Waits until no session has this pid any more.
 * @throws HarnessError when it does not end
 */
export async function waitUntilGone(watcher: Session, pid: number): Promise<void> {
  await waitUntil(
    async () => (await watcher.query("SELECT FROM pg_stat_activity WHERE pid = $1", [pid])).length === 0,
    "A session that was terminated did not end",
    "Check the server's log, and run again",
  );
}

/**
 * Sends a statement during which the session is expected to be lost.
 * @returns undefined where the connection was lost
 * @throws HarnessError for any other error of the server
 */
export async function executeUntilLost(session: Session, sql: string): Promise<StatementResult | undefined> {
  try {
    return await session.tryExecute(sql);
  } catch (error) {
    if (error instanceof HarnessError && isLoss(error.cause)) return undefined;
    throw error;
  }
}

/** The server ended the session (57P01 admin_shutdown, 57P02 crash_shutdown), or the connection broke. */
function isLoss(cause: unknown): boolean {
  return cause instanceof DatabaseError ? /^57P0[12]$/.test(cause.code ?? "") : cause instanceof Error;
}

async function waitUntil(condition: () => Promise<boolean>, problem: string, remedy: string): Promise<void> {
  if (!(await pollUntil(condition))) throw new HarnessError(`${problem} within ${LIMIT_MS / 1000} s`, remedy);
}

/** @returns whether the condition holds, at the limit at the latest */
async function pollUntil(condition: () => Promise<boolean>): Promise<boolean> {
  const deadline = performance.now() + LIMIT_MS;
  while (!(await condition())) {
    if (performance.now() > deadline) return false;
    await delay(POLL_INTERVAL_MS);
  }

  return true;
}
