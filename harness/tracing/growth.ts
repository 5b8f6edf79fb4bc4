/**
 * Decides whether a count grows with the rows of a table (pure). Counts repeat exactly, times do not: what is read once
 * per row grows; what is read in batches of a fixed size, or by key, does not.
 */

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
