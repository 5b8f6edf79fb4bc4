/**
 * Watches a statement from another session, by polling, until it is blocked or has ended; no duration counts as a wait.
 */
import { setTimeout as pause } from "node:timers/promises";
import type { Session, StatementResult } from "../database/session.ts";
import { HarnessError } from "../errors.ts";

/** How long a statement may run without being blocked. */
export const OBSERVATION_LIMIT_MS = 20_000;

const POLL_MS = 2;

/** CREATE INDEX CONCURRENTLY also waits for the snapshot of this query, which ends with it: it does not count. */
const BLOCKED = "cardinality(array_remove(pg_blocking_pids($1::integer), pg_backend_pid())) > 0";

/** A statement that was sent and not awaited. */
export interface RunningStatement {
  readonly result: Promise<StatementResult>;
  /** True once there is a result. */
  ended(): boolean;
}

export function startStatement(session: Session, sql: string): RunningStatement {
  let ended = false;
  const result = session.tryExecute(sql);
  const end = () => {
    ended = true;
  };
  // A rejection reaches the caller through the result.
  result.then(end, end);

  return { result, ended: () => ended };
}

/**
 * Waits until the session is blocked by another, or its statement has ended.
 * @returns true if it is blocked
 * @throws HarnessError when neither happens within the limit
 */
export async function waitUntilBlocked(observer: Session, pid: string, running: RunningStatement): Promise<boolean> {
  const isBlocked = async (): Promise<boolean> => {
    const [row] = await observer.query(`SELECT ${BLOCKED} AS blocked`, [pid]);

    return row?.["blocked"] === "t";
  };
  let blocked = false;
  const decided = async (): Promise<boolean> => {
    blocked = await isBlocked();

    return blocked || running.ended();
  };

  if (!(await pollUntil(OBSERVATION_LIMIT_MS, decided))) {
    throw new HarnessError(
      `A statement was neither blocked nor ended within ${OBSERVATION_LIMIT_MS / 1000} s`,
      "Find out what it is doing, and run again",
    );
  }

  return blocked && !running.ended();
}

/** Whether the statement ends on its own within the limit. */
export async function endsWithin(limitMs: number, running: RunningStatement): Promise<boolean> {
  return await pollUntil(limitMs, async () => running.ended());
}

/** Cancels the session's statement and waits for its end. */
export async function cancelStatement(
  observer: Session,
  pid: string,
  running: RunningStatement,
): Promise<StatementResult> {
  await observer.query("SELECT pg_cancel_backend($1)", [pid]);

  return await running.result;
}

/** Cancels the session's statement whenever it is blocked, until the work is done, so that it never gets a lock. */
export async function cancelWheneverBlocked<Result>(
  observer: Session,
  pid: string,
  work: Promise<Result>,
): Promise<Result> {
  let done = false;
  const ended = work.finally(() => {
    done = true;
  });
  // A rejection reaches the caller through the value returned below.
  ended.catch(() => undefined);
  await pollUntil(OBSERVATION_LIMIT_MS, async () => {
    if (!done) await observer.query(`SELECT pg_cancel_backend($1::integer) WHERE ${BLOCKED}`, [pid]);

    return done;
  });

  return await ended;
}

/** Polls until the condition holds, up to the limit. */
async function pollUntil(limitMs: number, condition: () => Promise<boolean>): Promise<boolean> {
  const deadline = performance.now() + limitMs;
  while (!(await condition())) {
    if (performance.now() > deadline) return false;
    await pause(POLL_MS);
  }

  return true;
}
