/**
 * Defines the results of a load, as plain data.
 */
import type { LoadDriverInfo } from "./turn.ts";

/** All turns of one kind of calls in a cell. */
export interface LoadFigures {
  /** The median of the turns. */
  readonly callsPerSecond: number;
  /** Calls that succeeded. */
  readonly calls: number;
  /** The mean number of sessions that waited for a lock. */
  readonly waiting: number;
  readonly samples: number;
  /** Calls that were retried after an error of SQLSTATE class 40. */
  readonly retries: number;
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
  readonly driver: LoadDriverInfo;
  readonly cells: readonly LoadCell[];
}
