/**
 * Finds lines and columns as editors count them (pure): from 1, a column for each code point. Lines end with a line feed;
 * the carriage return of a CRLF belongs to its line.
 */

export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Creates a function from string indexes to positions; it does a binary search. */
export function createPositionLookup(text: string): (index: number) => Position {
  const starts = [0, ...Array.from(text.matchAll(/\n/g), (lineFeed) => lineFeed.index + 1)];

  return (index) => {
    const line = countUpTo(starts, index);
    const start = starts[line - 1] ?? 0;

    return { line, column: [...text.slice(start, index)].length + 1 };
  };
}

/** How many of the ascending numbers are not above `limit`. */
function countUpTo(ascending: readonly number[], limit: number): number {
  let low = 0;
  let high = ascending.length;

  while (low < high) {
    const middle = (low + high) >>> 1;

    if ((ascending[middle] ?? 0) <= limit) low = middle + 1;
    else high = middle;
  }

  return low;
}
