/** Compares where sequences stand with what their columns hold (pure). */
import type { Snapshot, SnapshotSequence, SnapshotTable } from "../../../harness/catalog/snapshot.ts";

/** A column and the sequence that fills it, in one snapshot. */
export interface FilledColumn {
  readonly sequence: SnapshotSequence;
  readonly table: SnapshotTable;
  readonly number: number;
  readonly name: string;
  readonly type: string;
  /** The value that the sequence gives next. */
  readonly next: bigint;
  /** The value of the column that is farthest in the direction of the sequence; undefined without rows. */
  readonly farthest: bigint | undefined;
}

/** The whole-number columns that own a sequence or have it as their default. */
export function listFilledColumns({ sequences, tables }: Snapshot): readonly FilledColumn[] {
  return sequences.flatMap((sequence) =>
    sequence.usedBy.flatMap(({ table: oid, column: number }): FilledColumn[] => {
      const table = tables.find((candidate) => candidate.oid === oid);
      const at = table?.columns.findIndex((column) => column.number === number) ?? -1;
      const column = table?.columns[at];
      if (table === undefined || column === undefined || !(column.type in RANGES)) return [];
      const { name, type } = column;
      const values = table.rows.flatMap((row) => (row[at] == null ? [] : [BigInt(row[at])]));

      return [
        { sequence, table, number, name, type, next: nextValue(sequence), farthest: findFarthest(sequence, values) },
      ];
    }),
  );
}

/** True where a coming value of the sequence may be one that the column holds. */
export function isBehind({ sequence, next, farthest }: FilledColumn): boolean {
  if (farthest === undefined || sequence.cycles) return false;

  return isRising(sequence) ? next <= farthest : next >= farthest;
}

/** True where the sequence ends where a smaller type than that of its column does. */
export function isTooNarrow({ sequence, type }: FilledColumn): boolean {
  const [low, high] = RANGES[type] ?? [0n, 0n];
  const [limit, end] = isRising(sequence) ? [high, BigInt(sequence.max)] : [-low, -BigInt(sequence.min)];

  return end < limit && SMALLER_ENDS.has(end);
}

/** The largest and, negated, the smallest value of each type: where a sequence ends that was made for it. */
const RANGES: Readonly<Record<string, readonly [low: bigint, high: bigint]>> = {
  smallint: [-32_768n, 32_767n],
  integer: [-2_147_483_648n, 2_147_483_647n],
  bigint: [-9_223_372_036_854_775_808n, 9_223_372_036_854_775_807n],
};
const SMALLER_ENDS = new Set(Object.values(RANGES).flatMap(([low, high]) => [high, -low]));

function isRising({ increment }: SnapshotSequence): boolean {
  return BigInt(increment) > 0n;
}

function nextValue(sequence: SnapshotSequence): bigint {
  const last = BigInt(sequence.lastValue);

  return sequence.isCalled ? last + BigInt(sequence.increment) : last;
}

function findFarthest(sequence: SnapshotSequence, values: readonly bigint[]): bigint | undefined {
  return values.reduce<bigint | undefined>(
    (found, value) => (found === undefined || (isRising(sequence) ? value > found : value < found) ? value : found),
    undefined,
  );
}
