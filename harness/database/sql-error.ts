/** Describes why PostgreSQL rejected a statement, and which errors concern the server itself (pure). */
import type { DatabaseError } from "pg";
import { HarnessError, LimitError } from "../errors.ts";

/** An error that a statement raised. */
export interface SqlError {
  /** SQLSTATE, five characters (PostgreSQL manual, Appendix A. PostgreSQL Error Codes). */
  readonly code: string;
  readonly message: string;
}

/**
 * The HarnessError for an error that concerns the server or the time limit; undefined where it concerns the statement.
 * @param limitMs the session's statement_timeout
 * @param statement the statement, shortened for a message
 */
export function findServerError(error: DatabaseError, limitMs: number, statement: string): HarnessError | undefined {
  const { code = "", message } = error;
  const detail = `${message} (in: ${statement})`;
  if (code === "57014" && message.includes("statement timeout")) {
    return new LimitError(
      `A statement did not end within ${limitMs / 1000} s: ${detail}`,
      "Find out what it waits for, or why it loops, and run again",
      error,
    );
  }
  if (code === "53100") {
    return new HarnessError(`The server's disk is full: ${detail}`, "Free some space, and run again", error);
  }
  if (/^(08|53|58|XX00[12]|57P0)/.test(code)) {
    return new HarnessError(`The server cannot continue: ${detail}`, "Check the server's log, and run again", error);
  }

  return undefined;
}
