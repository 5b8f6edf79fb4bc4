/**
 * Checks that a statement with a lock timeout gives up while a long transaction is open, and that its step can then be
 * run again. A long timeout is shortened for the check: that the release sets one is known already.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Database } from "../database/database-provider.ts";
import { abbreviateStatement, type Session } from "../database/session.ts";
import type { SqlError } from "../database/sql-error.ts";
import { Inconclusive } from "../errors.ts";
import { apply, firstError } from "../release/apply.ts";
import type { Statement, Step } from "../release/release.ts";
import { groupByTransaction } from "../release/transactions.ts";
import { readLockTimeoutMs } from "./lock-timeout.ts";
import { beginLongTransaction, type QueuedStatement } from "./queueing.ts";

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

/** Whether nothing ends the wait: neither the session has a lock timeout, nor does the statement set one itself. */
export function waitsWithoutLimit({ lockTimeoutMs, statement }: QueuedStatement): boolean {
  return lockTimeoutMs === 0 && !setsTimeout(statement);
}

/** Such as a DO block with set_config('lock_timeout', …). */
function setsTimeout({ text }: Statement): boolean {
  return /\block_timeout\b/i.test(text);
}

/**
 * Applies the steps up to the statement, blocks it by the long transaction, ends that, and runs the statement's step
 * again from its beginning.
 * @param database one to which none of the steps was applied yet
 * @returns with the first error of running the step again
 */
export async function checkRerun(database: Database, given: LockTimeoutCase) {
  const session = await database.connect();
  const result = await checkLockTimeout(database, session, given);
  // Runs the file again in a new session, as an operator would.
  await using rerun = await database.connect();
  await session[Symbol.asyncDispose]();
  const rerunError = firstError(await apply(rerun, [given.step]));

  return { ...result, rerunError };
}

/**
 * Applies the steps up to the statement, and blocks it by the long transaction, which then ends.
 * @returns `ended` is false if the statement still waited after the limit and was cancelled; the error of a lock timeout
 *   has SQLSTATE 55P03
 * @throws Inconclusive where it still waited, but sets a lock timeout itself, which cannot be shortened
 */
export async function checkLockTimeout(
  database: Database,
  session: Session,
  { steps, step, statement, long }: LockTimeoutCase,
): Promise<{ readonly ended: boolean; readonly error: SqlError | undefined }> {
  await using other = await database.connect();
  await using observer = await database.connect();
  await applyUpTo(session, steps, { step, statement });
  await beginLongTransaction(other, long);
  const lockTimeoutMs = await readLockTimeoutMs(session);
  await session.query(`SET lock_timeout = ${Math.min(lockTimeoutMs, SHORT_TIMEOUT_MS)}`);
  const running = session.tryExecute(statement.text);
  const ended = await Promise.race([running.then(() => true), delay(END_LIMIT_MS, false, { ref: false })]);
  if (!ended) await observer.query("SELECT pg_cancel_backend($1)", [session.pid]);
  const { error } = await running;
  await other.query("ROLLBACK");
  if (!ended && setsTimeout(statement)) {
    throw new Inconclusive(
      `a statement sets its own lock timeout, and still waited after ${END_LIMIT_MS / 1000} s: ${abbreviateStatement(statement.text)}`,
    );
  }

  return { ended, error };
}

/** Leaves the transaction open that the statement is in. */
async function applyUpTo(
  session: Session,
  steps: readonly Step[],
  { step, statement }: Pick<LockTimeoutCase, "step" | "statement">,
): Promise<void> {
  const groups = groupByTransaction(steps);
  const at = groups.findIndex((group) => group.steps.includes(step));
  const { mode = "statement", steps: grouped = [] } = groups[at] ?? {};
  await apply(
    session,
    groups.slice(0, at).flatMap((group) => group.steps),
  );
  if (mode !== "statement") await session.query("BEGIN");
  for (const one of grouped.slice(0, grouped.indexOf(step) + 1)) {
    const count = one === step ? step.statements.indexOf(statement) : one.statements.length;
    const earlier = one.statements.slice(0, count).filter(({ kind }) => kind === "sql");
    for (const sql of [...(one.before ?? []), ...earlier.map(({ text }) => text)]) await session.tryExecute(sql);
  }
}
