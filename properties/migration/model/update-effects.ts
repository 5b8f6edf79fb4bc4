/** Compares what an UPDATE was to set with what stands in its rows after it (pure). */
import type { Statement, Step } from "../../../harness/release/release.ts";

type Row = readonly (string | null)[];

export interface Expected {
  /** Qualified and quoted as in SQL. */
  readonly table: string;
  /** The columns that identify a row; none where there is no key, or where the statement sets it. */
  readonly key: readonly string[];
  /** Those of the key, and then those that are set. */
  readonly columns: readonly string[];
  /** Cells of these columns; a row more than once where the statement may take it for several values. */
  readonly expected: readonly Row[];
  /** False where a join may take a row several times. */
  readonly isOnce: boolean;
  /** Of each column that is set: false if its expression gives another value each time. */
  readonly isStable: readonly boolean[];
}

export interface UpdateEffect extends Expected {
  readonly step: Step;
  readonly statement: Statement;
  /** All rows of the table after the statement, by the same columns. */
  readonly rows: readonly Row[];
}

/** A row without the value that was to be set. */
export interface Unset {
  readonly column: string;
  /** How many rows. */
  readonly count: number;
  /** The key of one of them. */
  readonly key: Row;
  readonly was: string | null;
  /** Undefined where the row is gone, or cannot be distinguished from others. */
  readonly is?: string | null;
}

/** The columns that lack the value in some row. */
export function findUnset(effect: UpdateEffect): readonly Unset[] {
  return effect.columns
    .slice(effect.key.length)
    .flatMap((column, at) =>
      effect.key.length === 0 ? findUncounted(effect, column, at) : findByKey(effect, column, at),
    );
}

function findByKey({ key, expected, rows, isStable }: UpdateEffect, column: string, at: number): readonly Unset[] {
  const position = key.length + at;
  const identify = (row: Row): string => JSON.stringify(row.slice(0, key.length));
  const after = new Map(rows.map((row) => [identify(row), row]));
  const wanted = new Map<string, Row[]>();
  for (const row of expected) wanted.set(identify(row), [...(wanted.get(identify(row)) ?? []), row]);
  const unset = [...wanted].flatMap(([id, alternatives]) => {
    const row = after.get(id);
    const is = row?.[position] ?? null;
    const fits = (value: string | null): boolean =>
      isStable[at] === true ? value === is : (value === null) === (is === null);
    if (row !== undefined && alternatives.some((one) => fits(one[position] ?? null))) return [];

    return [{ key: JSON.parse(id) as Row, was: alternatives[0]?.[position] ?? null, ...(row && { is }) }];
  });
  const [first] = unset;

  return first === undefined ? [] : [{ column, count: unset.length, ...first }];
}

/** Without a key: as many rows with the value as were to get it; where a join takes a row several times, some. */
function findUncounted(effect: UpdateEffect, column: string, at: number): readonly Unset[] {
  const { expected, rows, isStable, isOnce } = effect;
  const count = (of: readonly Row[]): Map<string | null, number> => {
    const counts = new Map<string | null, number>();
    for (const row of of) {
      const cell = row[at] ?? null;
      const value = isStable[at] === true || cell === null ? cell : "";
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }

    return counts;
  };
  const [wanted, left] = [count(expected), count(rows)];
  if (!isOnce && wanted.size > rows.length) return [];
  const missing = [...wanted].flatMap(([was, times]) => {
    const lacking = (isOnce ? times : 1) - (left.get(was) ?? 0);

    return lacking > 0 ? [{ column, count: lacking, key: [], was }] : [];
  });

  return missing.slice(0, 1);
}
