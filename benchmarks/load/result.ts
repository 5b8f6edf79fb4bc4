/**
 * What came of a load, as plain data: measuring and telling share nothing else.
 */

/** What made the calls. */
export interface DrivenBy {
  readonly name: DriverName;
  /** Of pgbench, or of Node. */
  readonly version: string;
  /** Why it was not pgbench, where that was not asked for. */
  readonly because?: string;
}

export type DriverName = "pgbench" | "node";

/** What one of the two kinds of calls did, over all its turns in a cell. */
export interface LoadSide {
  /** The median of the turns. */
  readonly callsPerSecond: number;
  /** Calls that succeeded. */
  readonly calls: number;
  /** How many of the sessions waited for a lock, on the average of the samples: 0 to the number of sessions. */
  readonly waiting: number;
  /** How often somebody looked. */
  readonly samples: number;
  /** Calls that were refused with class 40 and made again. */
  readonly retries: number;
}

/** A rule that did not hold at the end of a cell. */
export interface LoadFault {
  readonly rule: "C1" | "C2" | "C7" | "C8" | "K3";
  readonly expected: string;
  readonly got: string;
}

/** So many sessions on so many organizations, each call on one of them at random. */
export interface LoadCell {
  readonly organizations: number;
  readonly sessions: number;
  readonly rounds: number;
  readonly consume: LoadSide;
  /** The plain UPDATE and INSERT of the same work. */
  readonly plain: LoadSide;
  /** Calls a second as a multiple of the plain statement's: the median of the rounds. */
  readonly multiple: number;
  readonly faults: readonly LoadFault[];
}

export interface LoadResult {
  readonly driver: DrivenBy;
  readonly cells: readonly LoadCell[];
}
