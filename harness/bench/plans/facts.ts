/**
 * The words of everything that is measured. A count holds still: the same data and the same settings give the same
 * number on every run. Times are kept apart, and told with their uncertainty.
 */

/** Counts by name; one that could not be had is left out, never 0. */
export type CountName =
  /** Rows that came out. */
  | "rows"
  /** Rows that were read and thrown away by a filter. */
  | "rowsRemoved"
  /** How far the planner's worst estimate of a node's rows is off, as a factor of at least 1. */
  | "qError"
  /** Statements that a call runs inside of its functions. */
  | "statements"
  /** Pages of the shared buffers that were touched: hit and read. */
  | "buffers"
  /** Of those, read from outside of the shared buffers. */
  | "buffersRead"
  | "dirtied"
  /** Blocks written to temporary files, by a sort or hash that found no room. */
  | "tempBlocks"
  | "walRecords"
  | "walBytes"
  /** Buffers, as a multiple of the pages of the tables that are scanned. */
  | "passes"
  /** Index entries that were written. */
  | "indexWrites"
  /** Updated rows that needed no index entry, as a share of all: 0 to 1. */
  | "hotShare";

export type Counts = Readonly<Partial<Record<CountName, number>>>;

/** A node of a plan; its rows are those of all loops together, and its buffers include those of its children. */
export interface PlanNode {
  /** `Index Scan`, `ModifyTable`. */
  readonly type: string;
  readonly relation?: string;
  readonly index?: string;
  /** The condition that an index serves, or the filter behind a scan. */
  readonly condition?: string;
  readonly filter?: string;
  readonly rows: number;
  readonly loops: number;
  readonly rowsRemoved: number;
  readonly buffers: number;
  /** True where its sort went to disk. */
  readonly spills?: boolean;
  /** How far the planner's estimate is off, as a factor of at least 1. */
  readonly qError: number;
  readonly children: readonly PlanNode[];
}

/** One executed plan. */
export interface Plan {
  /** The statement, where the server said it: a plan inside a function. */
  readonly sql?: string;
  readonly root: PlanNode;
  readonly counts: Counts;
}

/** What the planner does where sequential scans are forbidden: whether an index could serve is another question. */
export interface Served {
  readonly indexes: readonly string[];
  readonly buffers: number;
  /** Whether it then has the shape that is asked for. */
  readonly inShape: boolean;
}

/** One subject at one size. */
export interface Reading {
  readonly rows: number;
  readonly counts: Counts;
  readonly plan?: Plan;
  /** Plans of statements inside of functions; undefined where the server cannot tell them. */
  readonly inner?: readonly Plan[];
  /** Looked at where the plan has not the shape that its gate asks for. */
  readonly served?: Served;
  readonly durationMs: number;
  /** The share of the time that was spent asleep in pg_sleep: 0 to 1. */
  readonly asleep?: number;
}

/** A query, call or statement of a gate, measured at every size, smallest first. */
export interface Measured {
  readonly subject: string;
  readonly readings: readonly Reading[];
}

/** The counts whose growth is judged: what is touched and what is logged. */
export const GROWING: readonly CountName[] = ["buffers", "walRecords", "walBytes"];

/** A count in words. */
export const COUNT_WORDS: Readonly<Record<CountName, string>> = {
  rows: "rows",
  rowsRemoved: "rows removed by filters",
  qError: "times that an estimate is off",
  statements: "statements inside",
  buffers: "buffers",
  buffersRead: "buffers read",
  dirtied: "buffers dirtied",
  tempBlocks: "temporary blocks",
  walRecords: "WAL records",
  walBytes: "WAL bytes",
  passes: "passes over the tables",
  indexWrites: "index entries written",
  hotShare: "share of heap-only updates",
};
