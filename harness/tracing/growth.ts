/**
 * Whether a count grows with the rows of a table (pure). It is decided on counts that repeat exactly, never on a time:
 * what is read once per row grows, what is read in a batch of any size or by key does not.
 */

/** A count, and the rows of the table where it was taken. */
export interface Sample {
  readonly rows: number;
  readonly count: number;
}

/** From half a count a row on, a count is said to grow: a partial scan of a table is a scan. */
const COUNT_PER_ROW_MIN = 0.5;

/**
 * True where each larger table costs at least half a count more for each row more. A count that stops growing (a
 * batch that is full) does not grow.
 * @param samples at least two sizes, in any order
 */
export function grows(samples: readonly Sample[]): boolean {
  const ordered = samples.toSorted((one, other) => one.rows - other.rows);
  const slopes = ordered.slice(1).map((sample, index) => {
    const before = ordered[index] ?? sample;

    return (sample.count - before.count) / (sample.rows - before.rows);
  });

  return slopes.length > 0 && slopes.every((slope) => slope >= COUNT_PER_ROW_MIN);
}

/** `400, 1,200 and 3,600 at 200, 600 and 1,800 rows` */
export function tellGrowth(samples: readonly Sample[]): string {
  const ordered = samples.toSorted((one, other) => one.rows - other.rows);

  return `${listed(ordered.map(({ count }) => count))} at ${listed(ordered.map(({ rows }) => rows))} rows`;
}

function listed(numbers: readonly number[]): string {
  const words = numbers.map((number) => number.toLocaleString("en-US"));
  const last = words.at(-1) ?? "";

  return words.length < 2 ? last : `${words.slice(0, -1).join(", ")} and ${last}`;
}
