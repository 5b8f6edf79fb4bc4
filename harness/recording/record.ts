/**
 * Defines the record of a migration tool (pure): what it sent to a server, and what the server answered. A record holds
 * passwords and rows, so it stays in memory.
 */

/** The status of a session's transaction, as ReadyForQuery reports it (PostgreSQL manual, 54.7 Message Formats). */
export type TransactionStatus = "idle" | "open" | "failed";

export interface RecordedSession {
  /** From 1, in the order of opening. */
  readonly session: number;
  readonly user: string;
  readonly database: string;
  /** Settings of the startup packet without user and database, those in `options` (`-c name=value`) among them. */
  readonly settings: Readonly<Record<string, string>>;
}

export interface RecordedColumn {
  readonly name: string;
  /** Its type's OID. */
  readonly type: number;
}

/** What the server answered to one statement that completed. */
export interface RecordedResult {
  /** Of CommandComplete, such as `INSERT 0 1`; empty for an empty query, and for a portal that was not read to its end. */
  readonly tag: string;
  readonly columns: readonly RecordedColumn[];
  /** The first rows as PostgreSQL's text: at most 1,000, and no further one after the first 1,000,000 bytes. */
  readonly rows: readonly (readonly (string | null)[])[];
  /** How many rows were sent, those that are not kept among them. */
  readonly rowCount: number;
}

/** What the tool sent for one COPY … FROM STDIN. */
export interface RecordedCopy {
  readonly format: "text" | "binary";
  /**
   * In COPY's format, text and CSV as they are. Binary becomes text with the default options; where the table is gone by the
   * end of the run, it is in base64.
   */
  readonly data: string;
}

export interface RecordedError {
  /** SQLSTATE. */
  readonly code: string;
  readonly message: string;
}

/**
 * A message of the tool that the server completed or rejected: a simple query, or an Execute of the extended protocol. A
 * Parse or Bind that the server rejects counts as one that failed; what the server skipped after an error up to Sync
 * never ran and is not here.
 */
export interface RecordedStatement {
  readonly session: number;
  /** A simple query has its own; Executes up to one Sync share it. Unique in the record, not only in the session. */
  readonly batch: number;
  readonly protocol: "simple" | "extended";
  /** As it was sent; a simple query may hold several statements, or none. */
  readonly sql: string;
  /** PostgreSQL's text of each; NULL is null. */
  readonly parameters: readonly (string | null)[];
  /** Their types' OIDs, as the tool declared or the server described them; 0 where neither did. */
  readonly parameterTypes: readonly number[];
  /** Of the statements that completed, in order. A simple query may have several, or fewer than statements if it failed. */
  readonly results: readonly RecordedResult[];
  /** In order. */
  readonly copies: readonly RecordedCopy[];
  readonly error?: RecordedError;
  /** Before the message, as far as the tool knew it: within a batch, that before the batch. */
  readonly before: TransactionStatus;
  /** After the message; within a batch, that after the batch. */
  readonly after: TransactionStatus;
}

export interface ToolRecord {
  /** The database whose address the tool was given; it may have opened sessions on others. */
  readonly database: string;
  readonly sessions: readonly RecordedSession[];
  /** In the order in which the server completed them. */
  readonly statements: readonly RecordedStatement[];
  /** The server's message, if it rejected a session. */
  readonly rejection?: string;
  /** Of the command; 128 and the signal's number if a signal ended it. */
  readonly exitCode: number;
  /** What the tool wrote to its standard output and error, without passwords; the last of it if it is long. */
  readonly output: string;
  readonly durationMs: number;
}
