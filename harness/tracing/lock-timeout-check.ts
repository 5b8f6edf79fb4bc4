/**
 * Checks that a statement with a lock timeout gives up while a long transaction is open, and that its step can then be
 * run again. A long timeout is shortened for the check: that the release sets one is known already.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Database } from "../database/database-provider.ts";
import type { Session } from "../database/session.ts";
import type { SqlError } from "../database/sql-error.ts";
import { apply, type FailedStatement, firstError } from "../release/apply.ts";
import type { Statement, Step } from "../release/release.ts";
import { readLockTimeoutMs, setLockTimeoutMs } from "./lock-timeout.ts";
import { beginLongTransaction } from "./queueing.ts";

export interface LockTimeoutResult {
  /** False if the statement still waited after the limit and was cancelled. */
  readonly ended: boolean;
  /** SQLSTATE 55P03 is a lock timeout. */
  readonly error?: SqlError;
}

export interface RerunResult extends LockTimeoutResult {
  /** The first error of running the step again after the long transaction ended. */
  readonly rerunError?: FailedStatement;
}

/** Which statement is checked, and against what. */
interface LockTimeoutCase {
  readonly steps: readonly Step[];
  readonly step: Step;
  readonly statement: Statement;
  /** The statements of the long transaction. */
  readonly long: readonly string[];
}

/** Replaces a longer timeout of the release. */
const SHORT_TIMEOUT_MS = 100;

/** A statement that waits for several locks times out several times. */
const END_LIMIT_MS = 3_000;

/**
 * Applies the steps up to the statement, blocks it by the long transaction, ends that, and runs the statement's step
 * again from its beginning.
 * @param database one to which none of the steps was applied yet
 */
export async function checkRerun(database: Database, given: LockTimeoutCase): Promise<RerunResult> {
  const session = await database.connect();
  const result = await checkLockTimeout(database, session, given);
  // Runs the file again in a new session, as an operator would.
  await using rerun = await database.connect();
  await session[Symbol.asyncDispose]();
  const rerunError = firstError(await apply(rerun, [given.step]));

  return { ...result, ...(rerunError === undefined ? {} : { rerunError }) };
}

/** Applies the steps up to the statement, and blocks it by the long transaction, which then ends. */
export async function checkLockTimeout(
  database: Database,
  session: Session,
  { steps, step, statement, long }: LockTimeoutCase,
): Promise<LockTimeoutResult> {
  await using other = await database.connect();
  const earlier = step.statements.slice(0, step.statements.indexOf(statement));
  await apply(session, steps.slice(0, steps.indexOf(step)));
  for (const { text } of earlier.filter(({ kind }) => kind === "sql")) await session.tryExecute(text);

  await beginLongTransaction(other, long);
  const result = await executeWithShortTimeout(database, session, statement.text);
  await other.query("ROLLBACK");

  return result;
}

async function executeWithShortTimeout(database: Database, session: Session, sql: string): Promise<LockTimeoutResult> {
  await using observer = await database.connect();
  const lockTimeoutMs = await readLockTimeoutMs(session);
  await setLockTimeoutMs(session, lockTimeoutMs === 0 ? 0 : Math.min(lockTimeoutMs, SHORT_TIMEOUT_MS));
  const running = session.tryExecute(sql);
  const ended = await Promise.race([running.then(() => true), delay(END_LIMIT_MS, false, { ref: false })]);
  if (!ended) await observer.query("SELECT pg_cancel_backend($1)", [session.pid]);
  const { error } = await running;

  return { ended, ...(error === undefined ? {} : { error }) };
}
