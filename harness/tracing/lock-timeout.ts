/**
 * The lock timeout of a session: what the release states, kept apart from what an observation needs.
 */
import type { Session } from "../database/session.ts";

/** The lock timeout in force, in milliseconds; 0 where a lock is waited for without end. */
export async function lockTimeoutMsOf(session: Session): Promise<number> {
  const [row] = await session.query("SELECT setting FROM pg_settings WHERE name = 'lock_timeout'");

  return Number(row?.["setting"]);
}

/** Sets it for the session, or for its transaction where one is open. */
export async function setLockTimeoutMs(session: Session, lockTimeoutMs: number): Promise<void> {
  await session.query(`SET lock_timeout = ${lockTimeoutMs}`);
}

/** Does the work without a lock timeout, so that what is to be seen waiting cannot give up first. */
export async function withoutLockTimeout<Result>(
  session: Session,
  work: () => Promise<Result>,
): Promise<Result> {
  const stated = await lockTimeoutMsOf(session);
  await setLockTimeoutMs(session, 0);
  const result = await work();
  // Refused only in a transaction that failed meanwhile: its end sets the timeout back.
  await session.attempt(`SET lock_timeout = ${stated}`);

  return result;
}
