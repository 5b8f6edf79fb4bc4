/**
 * Whether a statement that states a lock timeout really gives up while a long transaction is open, and whether its step
 * can then be run again. A long timeout is shortened for the wait: that it is stated was seen already.
 */
import type { Database } from "../database/databases.ts";
import type { Refusal, Session } from "../database/session.ts";
import { apply, type RefusedStatement, refusedIn } from "../release/apply.ts";
import type { Statement, Step } from "../release/release.ts";
import { pidOf } from "./held-locks.ts";
import { lockTimeoutMsOf, setLockTimeoutMs } from "./lock-timeout.ts";
import { beginLong } from "./queueing.ts";
import { cancel, endsWithin, start } from "./watch.ts";

/** How a wait came out. */
export interface Vain {
  /** False where the statement was still waiting after the limit, and had to be cancelled. */
  readonly ended: boolean;
  /** Why it ended, where it was refused: SQLSTATE 55P03 is a lock timeout. */
  readonly refusal?: Refusal;
}

export interface GivenUp extends Vain {
  /** What was refused when the step was run again after the long transaction, if anything was. */
  readonly again?: RefusedStatement;
}

/** A statement of a step. */
interface Waiting {
  readonly step: Step;
  readonly statement: Statement;
}

/** In place of a longer timeout of the release's. */
const SHORT_TIMEOUT_MS = 100;

/** A statement that waits several times gives up several times. */
const GIVING_UP_LIMIT_MS = 3_000;

/**
 * Applies the steps up to the statement, has it wait for the long transaction, ends that, and runs the statement's step
 * again from its beginning.
 * @param database one in which none of the steps is applied yet
 */
export async function giveUp(
  database: Database,
  steps: readonly Step[],
  waiting: Waiting,
  long: readonly string[],
): Promise<GivenUp> {
  const session = await database.connect();
  const vain = await waitInVain(database, session, { steps, ...waiting, long });
  // As whoever runs the file again would begin: in a session of his own.
  await using fresh = await database.connect();
  await session[Symbol.asyncDispose]();
  const again = refusedIn(await apply(fresh, [waiting.step]));

  return { ...vain, ...(again === undefined ? {} : { again }) };
}

/** Applies the steps up to the statement, and has it wait for the long transaction, which then ends. */
export async function waitInVain(
  database: Database,
  session: Session,
  {
    steps,
    step,
    statement,
    long,
  }: Waiting & { readonly steps: readonly Step[]; readonly long: readonly string[] },
): Promise<Vain> {
  await using other = await database.connect();
  const earlier = step.statements.slice(0, step.statements.indexOf(statement));
  await apply(session, steps.slice(0, steps.indexOf(step)));
  for (const { text } of earlier.filter(({ kind }) => kind === "sql")) {
    await session.attempt(text);
  }

  await beginLong(other, long);
  const vain = await wait(session, statement.text, database);
  await other.query("ROLLBACK");

  return vain;
}

async function wait(session: Session, sql: string, database: Database): Promise<Vain> {
  await using observer = await database.connect();
  const pid = await pidOf(session);
  const stated = await lockTimeoutMsOf(session);
  await setLockTimeoutMs(session, stated === 0 ? 0 : Math.min(stated, SHORT_TIMEOUT_MS));
  const running = start(session, sql);
  const ended = await endsWithin(GIVING_UP_LIMIT_MS, running);
  const { refusal } = ended ? await running.outcome : await cancel(observer, pid, running);

  return { ended, ...(refusal === undefined ? {} : { refusal }) };
}
