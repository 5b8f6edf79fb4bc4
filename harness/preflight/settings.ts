/** The settings under which a real database is asked (pure). */

/** A query waits no longer for a lock than this: other sessions would wait behind it. */
const LOCK_LIMIT_MS = 2_000;

/**
 * The statements that begin a transaction which can only read. With `row_security` off, a query fails where a policy
 * would hide rows from it, and does not count too few (PostgreSQL manual, 19.11.1 Statement Behavior).
 */
export function formatBegin(timeoutMs: number): readonly string[] {
  return [
    "BEGIN READ ONLY",
    `SET LOCAL statement_timeout = ${timeoutMs}`,
    `SET LOCAL lock_timeout = ${Math.min(timeoutMs, LOCK_LIMIT_MS)}`,
    "SET LOCAL row_security = off",
    `SET LOCAL search_path = "$user", public`,
  ];
}
