/**
 * What the harness sees of a session from another one: whether it waits, and whether it is gone. Every look is repeated
 * until the condition holds or a limit has passed; there is no fixed sleep that stands for a condition.
 */
import { setTimeout as delay } from "node:timers/promises";
import { DatabaseError } from "pg";
import type { Outcome, Session } from "../database/session.ts";
import { HarnessError } from "../errors.ts";

const LIMIT_MS = 10_000;
const LOOK_EVERY_MS = 2;

/** The pid of the session's process on the server. */
export async function pidOf(session: Session): Promise<number> {
  const [row] = await session.query("SELECT pg_backend_pid() AS pid");

  return Number(row?.["pid"]);
}

/**
 * Waits until one session waits for another, or until its statement is over.
 * @returns whether it waits
 */
export async function waitsFor(
  watcher: Session,
  waiting: number,
  holding: number,
  statement: Promise<unknown>,
): Promise<boolean> {
  let over = false;
  const end = () => {
    over = true;
  };
  statement.then(end, end);

  const seen = await until(async () => {
    const [row] = await watcher.query("SELECT $2 = ANY (pg_blocking_pids($1)) AS waits", [waiting, holding]);

    return row?.["waits"] === "t" || over;
  });
  if (!seen) {
    throw new HarnessError(
      `A statement that was to be struck neither waited nor ended within ${LIMIT_MS / 1000} s`,
      "Find out what it waits for, and run again",
    );
  }

  return !over;
}

/**
 * Waits until the process with this pid serves no session any more.
 * @throws HarnessError when it does not end
 */
export async function untilGone(watcher: Session, pid: number): Promise<void> {
  const gone = await until(async () => {
    const rows = await watcher.query("SELECT FROM pg_stat_activity WHERE pid = $1", [pid]);

    return rows.length === 0;
  });
  if (!gone) {
    throw new HarnessError(
      `A session that was terminated did not end within ${LIMIT_MS / 1000} s`,
      "Look into the server's log, and run again",
    );
  }
}

/**
 * Sends a statement whose session may be lost on the way, as it is meant to be.
 * @returns undefined where the connection was lost
 * @throws HarnessError for any other trouble of the server's
 */
export async function sendToLose(session: Session, sql: string): Promise<Outcome | undefined> {
  try {
    return await session.attempt(sql);
  } catch (error) {
    if (error instanceof HarnessError && isLoss(error.cause)) {
      return undefined;
    }
    throw error;
  }
}

/** The server's word to a session that it ends (57P01, 57P02), or none at all. */
function isLoss(cause: unknown): boolean {
  return cause instanceof DatabaseError ? /^57P0[12]$/.test(cause.code ?? "") : cause instanceof Error;
}

async function until(condition: () => Promise<boolean>): Promise<boolean> {
  const deadline = performance.now() + LIMIT_MS;
  while (!(await condition())) {
    if (performance.now() >= deadline) {
      return false;
    }
    await delay(LOOK_EVERY_MS);
  }

  return true;
}
