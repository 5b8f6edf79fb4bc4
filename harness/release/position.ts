/**
 * Where something stands in a text, as editors count: lines and columns from 1, a column for each character (a code
 * point, so that an emoji is one). Lines end with a line feed; the carriage return of a CRLF belongs to its line.
 */

export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A function that tells the place of a position (a string index) in `text`; finding one is a binary search. */
export function createPositionLookup(text: string): (position: number) => Position {
  const starts = [0, ...Array.from(text.matchAll(/\n/g), (lineFeed) => lineFeed.index + 1)];

  return (position) => {
    const line = countUpTo(starts, position);
    const start = starts[line - 1] ?? 0;

    return { line, column: [...text.slice(start, position)].length + 1 };
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
