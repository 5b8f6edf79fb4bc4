/**
 * One connection to one database. It sends a statement at a time, keeps the notices that came with it, and tells
 * apart what a statement was refused for (a value) from a server that cannot go on (a HarnessError).
 */
import { Client, DatabaseError, type QueryResult } from "pg";
import { HarnessError, messageOf } from "../errors.ts";

/** A message of the server that came beside the result. */
export interface Notice {
  readonly severity: string;
  readonly message: string;
}

/** Why the server refused a statement. */
export interface Refusal {
  /** SQLSTATE, five characters. */
  readonly code: string;
  readonly message: string;
}

/** What came of one statement. */
export interface Outcome {
  readonly rows: readonly Record<string, unknown>[];
  readonly notices: readonly Notice[];
  readonly refusal?: Refusal;
}
