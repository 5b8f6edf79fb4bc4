/**
 * Combines the traces of a statement at several table sizes and finds the locks that block other sessions (pure).
 */
import type { SqlError } from "../database/sql-error.ts";
import type { Statement, Step } from "../release/release.ts";
import { type CountSample, grows } from "./growth.ts";
import {
  type BlockedOperations,
  blockedOperations,
  type Lock,
  strongerMode,
  type TableMode,
} from "./lock-modes.ts";
import type { StatementTrace, TracedStatement } from "./statement-trace.ts";

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
      locks: mergeLocks(sized),
      rewrites: [...new Set(sized.flatMap(({ trace }) => trace.rewrites))],
      work: sized.map(({ rows, trace }) => ({ rows, count: countRows(trace) })),
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

function mergeLocks(sized: readonly SizedStatement[]): ReadonlyMap<string, TableMode> {
  const strongest = new Map<string, TableMode>();
  for (const [table, mode] of sized.flatMap(({ trace }) => [...trace.locks])) {
    strongest.set(table, strongerMode(strongest.get(table) ?? mode, mode));
  }

  return strongest;
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
