/**
 * Defines a turn of a load, and what makes its calls.
 */

/** `consume` calls the function; `reference` is the plain statement that does the same work. */
export type LoadCallKind = "consume" | "reference";

export interface LoadTurn {
  readonly kind: LoadCallKind;
  readonly organizations: number;
  readonly sessions: number;
  /** Calls of each session. */
  readonly calls: number;
}

export interface LoadTurnResult {
  /** Without the time to connect. */
  readonly callsPerSecond: number;
  /** Calls that succeeded. */
  readonly calls: number;
  readonly retries: number;
  /** The error message of a call that failed with an SQLSTATE outside of class 40. */
  readonly error?: string | undefined;
}

export type DriverName = "pgbench" | "node";

export interface LoadDriverInfo {
  readonly name: DriverName;
  /** Of pgbench, or of Node. */
  readonly version: string;
  /** Why it is not pgbench, unless Node was requested. */
  readonly because?: string;
}

export interface LoadDriver {
  readonly description: LoadDriverInfo;
  /** @throws HarnessError if the server cannot be reached, or the turn does not end */
  run(turn: LoadTurn): Promise<LoadTurnResult>;
}

/** A call is retried this often after errors of SQLSTATE class 40 before it counts as failed. */
export const TRIES_MAX = 10;
