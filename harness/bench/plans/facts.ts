/**
 * Defines what is measured. Counts repeat: the same data and settings give the same number on every run. Times do not,
 * and are kept apart from them.
 */

/** The counts, as sentences name them. */
export const COUNT_LABELS = {
  /** Rows returned. */
  rows: "rows",
  rowsRemoved: "rows removed by filters",
  /** The worst estimate of a node's rows, as a factor of at least 1. */
  qError: "times that an estimate is off",
  /** Of a call: those that it runs inside its functions. */
  statements: "statements inside",
  /** Shared buffers hit and read. */
  buffers: "buffers",
  buffersRead: "buffers read",
  dirtied: "buffers dirtied",
  /** Written to temporary files by a sort or hash. */
  tempBlocks: "temporary blocks",
  walRecords: "WAL records",
  walBytes: "WAL bytes",
  /** Buffers as a multiple of the pages of the scanned tables. */
  passes: "passes over the tables",
  indexWrites: "index entries written",
  /** Heap-only updates as a share of all updates: 0 to 1. */
  hotShare: "share of heap-only updates",
} as const;

/** A count that is unavailable is left out, never 0. */
export type CountName = keyof typeof COUNT_LABELS;
export type Counts = Readonly<Partial<Record<CountName, number>>>;

/** A plan node; rows are summed over its loops, buffers include those of its children. */
export interface PlanNode {
  /** `Index Scan`; the operation of a ModifyTable, such as `Update`. */
  readonly type: string;
  readonly relation?: string | undefined;
  readonly index?: string | undefined;
  /** The condition that an index serves. */
  readonly condition?: string | undefined;
  readonly filter?: string | undefined;
  readonly rows: number;
  readonly loops: number;
  readonly rowsRemoved: number;
  readonly buffers: number;
  /** Whether its sort went to disk. */
  readonly spills: boolean;
  /** How far the row estimate is off, as a factor of at least 1. */
  readonly qError: number;
  readonly children: readonly PlanNode[];
}

/** A plan; unless it was executed, its counts are 0. */
export interface QueryPlan {
  /** The statement, known of plans inside functions. */
  readonly sql?: string | undefined;
  readonly root: PlanNode;
  /** What the planner expects it to cost, in its own unit (PostgreSQL manual, 19.7.2 Planner Cost Constants). */
  readonly cost?: number | undefined;
  readonly counts: Counts;
}

/** The plan with sequential scans disabled: it shows whether an index could serve at all. */
export interface ForcedIndexPlan {
  readonly indexes: readonly string[];
  readonly buffers: number;
  /** Whether it has the expected shape. */
  readonly hasShape: boolean;
}

/** One subject at one size. */
export interface Measurement {
  readonly rows: number;
  readonly counts: Counts;
  readonly plan?: QueryPlan | undefined;
  /** Plans of the statements inside functions; undefined if the server cannot report them. */
  readonly inner?: readonly QueryPlan[] | undefined;
  /** Measured if the plan does not have the expected shape. */
  readonly forced?: ForcedIndexPlan;
  readonly durationMs: number;
  /** The share of the time spent in pg_sleep: 0 to 1. */
  readonly sleepShare?: number;
}

/** A query, call or statement of a gate, measured at every size, smallest first. */
export interface MeasuredSubject {
  readonly subject: string;
  readonly measurements: readonly Measurement[];
}

/** The counts whose growth is judged. */
export const GROWTH_COUNTS: readonly CountName[] = ["buffers", "walRecords", "walBytes"];
