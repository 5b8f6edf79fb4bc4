/**
 * Defines the turns of a load, what makes its calls, and the results, as plain data.
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
  /** Calls that were retried after an error of SQLSTATE class 40. */
  readonly retries: number;
  /** The error message of a call that failed with an SQLSTATE outside of class 40. */
  readonly error?: string | undefined;
}

export type DriverName = "pgbench" | "node";

export interface LoadDriver {
  readonly description: {
    readonly name: DriverName;
    /** Of pgbench, or of Node. */
    readonly version: string;
    /** Why it is not pgbench, unless Node was requested. */
    readonly because?: string | undefined;
  };
  /** @throws HarnessError if the server cannot be reached, or the turn does not end */
  run(turn: LoadTurn): Promise<LoadTurnResult>;
}

/** A call is retried this often after errors of SQLSTATE class 40 before it counts as failed. */
export const TRIES_MAX = 10;

/** All turns of one kind of calls in a cell: the median of the calls per second, the sum of the calls and retries. */
export interface LoadFigures extends Omit<LoadTurnResult, "error"> {
  /** The mean number of sessions that waited for a lock. */
  readonly waiting: number;
  readonly samples: number;
}

/** A rule that was violated at the end of a cell. */
export interface LoadViolation {
  readonly rule: "C1" | "C2" | "C7" | "C8" | "K3";
  readonly expected: string;
  readonly got: string;
}

/** A number of sessions that call on random ones of a number of organizations. */
export interface LoadCell {
  readonly organizations: number;
  readonly sessions: number;
  readonly rounds: number;
  readonly consume: LoadFigures;
  readonly reference: LoadFigures;
  /** Calls per second as a multiple of the reference statement's: the median of the rounds. */
  readonly ratio: number;
  readonly violations: readonly LoadViolation[];
}

export interface LoadResult {
  readonly driver: LoadDriver["description"];
  readonly cells: readonly LoadCell[];
}
