/**
 * Watching a statement from outside: whether it waits for another session is observed, and looked for until it is so or
 * the statement has ended. No duration says that something waits.
 */
import { setTimeout as pause } from "node:timers/promises";
import type { Outcome, Session } from "../database/session.ts";
import { HarnessError } from "../errors.ts";

/** How long a statement may neither wait nor end. */
export const OBSERVATION_LIMIT_MS = 20_000;

const POLL_MS = 2;

/** Who builds an index beside everyone waits for the snapshot of the one who asks this too: that is over when it is seen. */
const BLOCKED = "cardinality(array_remove(pg_blocking_pids($1::integer), pg_backend_pid())) > 0";

/** A statement that was sent and not waited for. */
export interface Running {
  readonly outcome: Promise<Outcome>;
  /** True once the outcome is there. */
  ended(): boolean;
}

/** Sends a statement without waiting for it. */
export function start(session: Session, sql: string): Running {
  let ended = false;
  const outcome = session.attempt(sql);
  // Whoever asks for the outcome hears of a failure.
  outcome.then(
    () => {
      ended = true;
    },
    () => {
      ended = true;
    },
  );

  return { outcome, ended: () => ended };
}

/**
 * Waits until the session waits for another, or its statement has ended.
 * @returns true where it waits
 * @throws HarnessError when neither comes within the limit
 */
export async function seenToWait(observer: Session, pid: string, running: Running): Promise<boolean> {
  const isBlocked = async (): Promise<boolean> => {
    const [row] = await observer.query(`SELECT ${BLOCKED} AS blocked`, [pid]);

    return row?.["blocked"] === "t";
  };
  let waits = false;
  const decided = async (): Promise<boolean> => {
    waits = await isBlocked();

    return waits || running.ended();
  };

  if (!(await within(OBSERVATION_LIMIT_MS, decided))) {
    throw new HarnessError(
      `A statement neither waited nor ended within ${OBSERVATION_LIMIT_MS / 1000} s`,
      "Find out what it is busy with, and run again",
    );
  }

  return waits && !running.ended();
}

/** Whether the statement ends by itself within the limit. */
export async function endsWithin(limitMs: number, running: Running): Promise<boolean> {
  return await within(limitMs, async () => running.ended());
}

/** Cancels what the session is at, and waits for its end. */
export async function cancel(observer: Session, pid: string, running: Running): Promise<Outcome> {
  await observer.query("SELECT pg_cancel_backend($1)", [pid]);

  return await running.outcome;
}

/** Cancels whatever the session is at whenever it waits for another session, until the work is done: no lock comes. */
export async function refuseLocks<Result>(
  observer: Session,
  pid: string,
  work: Promise<Result>,
): Promise<Result> {
  let done = false;
  const ended = work.finally(() => {
    done = true;
  });
  // Whoever waits for the work hears of its failure.
  ended.catch(() => undefined);
  await within(OBSERVATION_LIMIT_MS, async () => {
    if (!done) {
      await observer.query(`SELECT pg_cancel_backend($1::integer) WHERE ${BLOCKED}`, [pid]);
    }

    return done;
  });

  return await ended;
}

/** Asks until the condition holds, for so long at most. */
async function within(limitMs: number, condition: () => Promise<boolean>): Promise<boolean> {
  const deadline = performance.now() + limitMs;
  while (!(await condition())) {
    if (performance.now() > deadline) {
      return false;
    }
    await pause(POLL_MS);
  }

  return true;
}
