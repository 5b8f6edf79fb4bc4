/**
 * Finds what a whole transaction locks, and for how long: a lock is held from the statement that takes it to the end of
 * the transaction (pure; PostgreSQL manual, 13.3.1 Table-Level Locks).
 */
import { type CountSample, grows, type Impact } from "./impact.ts";
import { type BlockedOperations, blockedOperations, type Lock, strongestLocks } from "./lock-modes.ts";

/** A lock of a transaction, at all sizes. */
export interface TransactionLock {
  readonly lock: Lock;
  readonly blocks: BlockedOperations | "writes of the rows it wrote";
  /** Whether it is held for a time that grows with the rows of the tables. */
  readonly grows: boolean;
  /** Rows read or written while it is held; of a row lock, the rows that are locked. */
  readonly samples: readonly CountSample[];
  /** How long the statements took while it was held, in milliseconds. */
  readonly durations: readonly CountSample[];
}

/**
 * The strongest lock on each table that was there before; where it blocks neither reads nor writes, also the rows that
 * the transaction wrote.
 * @param statements those of one transaction, in order
 */
export function findTransactionLocks(statements: readonly Impact[]): readonly TransactionLock[] {
  const strongest = strongestLocks(
    statements.flatMap(({ locks }) => [...locks].map(([table, mode]) => ({ table, mode }))),
  );

  return [...strongest].flatMap(([table, mode]): TransactionLock[] => {
    const held = statements.slice(statements.findIndex(({ locks }) => locks.get(table) === mode));
    const samples = sum(held.map(({ work }) => work));
    const durations = sum(held.map((impact) => impact.durations));
    const blocks = blockedOperations(mode);
    const found = { lock: { table, mode }, blocks, grows: grows(samples), samples, durations };
    // Rows are counted since the transaction began.
    const rows = statements.at(-1)?.rowsHeld.get(table) ?? [];
    if (blocks !== "nothing" || rows.every(({ count }) => count === 0)) return [found];

    return [
      found,
      {
        lock: { table, mode: "FOR NO KEY UPDATE" },
        blocks: "writes of the rows it wrote",
        grows: grows(rows),
        samples: rows,
        durations,
      },
    ];
  });
}

/** Adds the counts of the same size. */
function sum(samples: readonly (readonly CountSample[])[]): readonly CountSample[] {
  const counts = new Map<number, number>();
  for (const { rows, count } of samples.flat()) counts.set(rows, (counts.get(rows) ?? 0) + count);

  return [...counts].map(([rows, count]) => ({ rows, count }));
}
