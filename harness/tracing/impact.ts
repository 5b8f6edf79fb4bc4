/**
 * Combines the traces of a statement at several table sizes and finds the locks that block other sessions (pure). Whether
 * work grows is decided by counts: they repeat exactly, and times do not.
 */
import type { SqlError } from "../database/sql-error.ts";
import type { Statement, Step } from "../release/release.ts";
import { type BlockedOperations, blockedOperations, type Lock, strongestLocks, type TableMode } from "./lock-modes.ts";
import type { RowCounts } from "./relations.ts";

export interface StatementTrace {
  /** The strongest mode on each table that existed before, including locks on its indexes. */
  readonly locks: ReadonlyMap<string, TableMode>;
  /** Rows read and written, by table. */
  readonly counts: ReadonlyMap<string, RowCounts>;
  /** Rows locked at the same time, by table: all that were written, or the most between two commits. */
  readonly rowsHeld: ReadonlyMap<string, number>;
  /** Tables whose storage was rewritten. */
  readonly rewrites: readonly string[];
  /** How long the statement took; missing for one that cannot run inside a transaction block. */
  readonly durationMs?: number;
  /** True for a statement that cannot run inside a transaction block. */
  readonly nontransactional?: boolean;
  readonly error?: SqlError | undefined;
}

export interface TracedStatement extends StatementTrace {
  readonly step: Step;
  readonly statement: Statement;
}

/** The traces of the same steps on tables of one size. */
export interface SizedTrace {
  readonly rows: number;
  readonly traced: readonly TracedStatement[];
}

/** What a statement did, at all sizes. */
export interface Impact {
  readonly step: Step;
  readonly statement: Statement;
  /** The strongest mode on each table, at any size. */
  readonly locks: ReadonlyMap<string, TableMode>;
  readonly rewrites: readonly string[];
  /** All rows read or written, in any table: the locks are held as long as that takes. */
  readonly work: readonly CountSample[];
  /** How long the statement took, in milliseconds. */
  readonly durations: readonly CountSample[];
  /** Rows locked at the same time, by table. */
  readonly rowsHeld: ReadonlyMap<string, readonly CountSample[]>;
  readonly nontransactional: boolean;
  readonly error?: SqlError;
}

/** A lock that blocks other sessions. */
export interface BlockingLock {
  readonly lock: Lock;
  readonly blocks: Exclude<BlockedOperations, "nothing"> | "writes of the rows it wrote";
  /** Whether it is held for a time that grows with the rows of the tables. */
  readonly grows: boolean;
  /** Rows read or written under a table lock; rows locked. */
  readonly samples: readonly CountSample[];
}

interface SizedStatement {
  readonly rows: number;
  readonly trace: StatementTrace;
}

/** @param runs of the same steps, with the statements in the same order */
export function summarizeImpacts(runs: readonly SizedTrace[]): readonly Impact[] {
  const [first] = runs;

  return (first?.traced ?? []).map(({ step, statement }, index) => {
    const sized = runs.flatMap(({ rows, traced }): SizedStatement[] => {
      const trace = traced[index];
      return trace === undefined ? [] : [{ rows, trace }];
    });
    const error = sized.find(({ trace }) => trace.error !== undefined)?.trace.error;

    return {
      step,
      statement,
      locks: strongestLocks(sized.flatMap(({ trace }) => [...trace.locks].map(([table, mode]) => ({ table, mode })))),
      rewrites: [...new Set(sized.flatMap(({ trace }) => trace.rewrites))],
      work: sized.map(({ rows, trace }) => ({ rows, count: countRows(trace) })),
      durations: sized.map(({ rows, trace }) => ({ rows, count: trace.durationMs ?? 0 })),
      rowsHeld: mergeRowsHeld(sized),
      nontransactional: sized.some(({ trace }) => trace.nontransactional === true),
      ...(error === undefined ? {} : { error }),
    };
  });
}

/** The locks of the statement that block reads or writes of the table. */
export function findBlockingLocks(impact: Impact, table: string): readonly BlockingLock[] {
  const found: BlockingLock[] = [];
  const mode = impact.locks.get(table);
  const blocks = mode === undefined ? "nothing" : blockedOperations(mode);
  if (mode !== undefined && blocks !== "nothing") {
    const samples = impact.work;
    found.push({ lock: { table, mode }, blocks, grows: grows(samples), samples });
  }
  const held = impact.rowsHeld.get(table) ?? [];
  if (held.some(({ count }) => count > 0)) {
    const lock: Lock = { table, mode: "FOR NO KEY UPDATE" };
    found.push({ lock, blocks: "writes of the rows it wrote", grows: grows(held), samples: held });
  }

  return found;
}

function countRows({ counts }: StatementTrace): number {
  return [...counts.values()].reduce((sum, { read, written }) => sum + read + written, 0);
}

function mergeRowsHeld(sized: readonly SizedStatement[]): ReadonlyMap<string, readonly CountSample[]> {
  const tables = new Set(sized.flatMap(({ trace }) => [...trace.rowsHeld.keys()]));

  return new Map(
    [...tables].map((table) => [
      table,
      sized.map(({ rows, trace }) => ({ rows, count: trace.rowsHeld.get(table) ?? 0 })),
    ]),
  );
}

/** A count, and the rows of the table when it was taken. */
export interface CountSample {
  readonly rows: number;
  readonly count: number;
}

/** A count grows from half a count per row on: a partial scan of a table is a scan. */
const COUNT_PER_ROW_MIN = 0.5;

/**
 * True if each larger table costs at least half a count more per additional row. A count that stops growing (a full
 * batch) does not grow.
 * @param samples at least two sizes, in any order
 */
export function grows(samples: readonly CountSample[]): boolean {
  const ordered = samples.toSorted((one, other) => one.rows - other.rows);
  const slopes = ordered.slice(1).map((sample, index) => {
    const before = ordered[index] ?? sample;

    return (sample.count - before.count) / (sample.rows - before.rows);
  });

  return slopes.length > 0 && slopes.every((slope) => slope >= COUNT_PER_ROW_MIN);
}

const LIST = new Intl.ListFormat("en-GB");

/** `400, 1,200 and 3,600 at 200, 600 and 1,800 rows` */
export function formatGrowth(samples: readonly CountSample[]): string {
  const ordered = samples.toSorted((one, other) => one.rows - other.rows);
  const list = (numbers: readonly number[]) => LIST.format(numbers.map((one) => one.toLocaleString("en-US")));

  return `${list(ordered.map(({ count }) => count))} at ${list(ordered.map(({ rows }) => rows))} rows`;
}
