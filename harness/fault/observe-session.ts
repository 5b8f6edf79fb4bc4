/**
 * Observes a session from another one: whether it waits, and whether it is gone. Each wait polls its condition until it
 * holds or a limit has passed.
 */
import { setTimeout as delay } from "node:timers/promises";
import { DatabaseError } from "pg";
import type { Session, StatementResult } from "../database/session.ts";
import { HarnessError } from "../errors.ts";

const LIMIT_MS = 10_000;
const POLL_INTERVAL_MS = 2;

/** The pid of the session's process on the server. */
export async function readPid(session: Session): Promise<number> {
  const [row] = await session.query("SELECT pg_backend_pid() AS pid");

  return Number(row?.["pid"]);
}

/**
 * Waits until one session waits for another, or until its statement has ended.
 * @returns whether it waits
 * @throws HarnessError where it does neither
 */
export async function waitForBlocker(
  watcher: Session,
  waiting: number,
  holding: number,
  statement: Promise<unknown>,
): Promise<boolean> {
  let ended = false;
  const end = () => {
    ended = true;
  };
  statement.then(end, end);

  await waitUntil(
    async () => {
      const [row] = await watcher.query("SELECT $2 = ANY (pg_blocking_pids($1)) AS waits", [waiting, holding]);

      return row?.["waits"] === "t" || ended;
    },
    "A statement that was to be interrupted neither waited nor ended",
    "Check what it waits for, and run again",
  );

  return !ended;
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
  const deadline = performance.now() + LIMIT_MS;
  while (!(await condition())) {
    if (performance.now() >= deadline) {
      throw new HarnessError(`${problem} within ${LIMIT_MS / 1000} s`, remedy);
    }
    await delay(POLL_INTERVAL_MS);
  }
}
