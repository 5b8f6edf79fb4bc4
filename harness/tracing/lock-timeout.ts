/**
 * Reads and changes a session's lock timeout, so that observing a wait does not depend on what the release has set.
 */
import type { Session } from "../database/session.ts";

/** The lock timeout in force, in milliseconds; 0 means none. */
export async function readLockTimeoutMs(session: Session): Promise<number> {
  const [row] = await session.query("SELECT setting FROM pg_settings WHERE name = 'lock_timeout'");

  return Number(row?.["setting"]);
}

/** Does the work without a lock timeout, so that a statement cannot give up before its wait is observed. */
export async function withoutLockTimeout<Result>(session: Session, work: () => Promise<Result>): Promise<Result> {
  const lockTimeoutMs = await readLockTimeoutMs(session);
  await session.query("SET lock_timeout = 0");
  const result = await work();
  // Fails only in an aborted transaction, whose end restores the timeout.
  await session.tryExecute(`SET lock_timeout = ${lockTimeoutMs}`);

  return result;
}
