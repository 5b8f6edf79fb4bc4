/**
 * The safer way to do what a statement does (pure), in a sentence that says what to do.
 */
import type { Impact, Obstruction } from "./impact.ts";

export const ADVICE = {
  rewrite: "Add a new column, fill it batch by batch and switch over, instead of having the table rewritten",
  index: "Use CREATE INDEX CONCURRENTLY, outside of a transaction",
  constraint:
    "Add columns without CHECK, add each constraint NOT VALID, and VALIDATE CONSTRAINT in a statement of its own",
  rows: "Commit batch by batch, so that only one batch is locked at a time",
  other: "Do what reads the rows in a statement of its own, under a lock that lets writes go on",
  timeout: "SET lock_timeout before the statement, and run the file again when it gives up",
  repeat: "Make the file repeatable from any point where one of its statements gives up",
} as const;

/** What to do about a lock that is held too long. */
export function adviceAgainst({ statement, rewrites }: Impact, { lock }: Obstruction): string {
  if (rewrites.length > 0) {
    return ADVICE.rewrite;
  }
  if (lock.mode === "FOR NO KEY UPDATE") {
    return ADVICE.rows;
  }

  return statement.node === "IndexStmt"
    ? ADVICE.index
    : statement.node === "AlterTableStmt"
      ? ADVICE.constraint
      : ADVICE.other;
}
