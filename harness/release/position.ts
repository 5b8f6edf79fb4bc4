/**
 * Finds lines and columns as editors count them (pure): from 1, a column for each code point. Lines end with a line feed;
 * the carriage return of a CRLF belongs to its line.
 */

interface Position {
  readonly line: number;
  readonly column: number;
}

/** Creates a function from string indexes to positions. */
export function createPositionLookup(text: string): (index: number) => Position {
  const starts = [0, ...Array.from(text.matchAll(/\n/g), (lineFeed) => lineFeed.index + 1)];

  return (index) => {
    // By bisection: files have many statements, each of which has a line.
    let [line, after] = [0, starts.length];
    while (after - line > 1) {
      const middle = (line + after) >> 1;
      if ((starts[middle] ?? 0) <= index) line = middle;
      else after = middle;
    }

    return { line: line + 1, column: [...text.slice(starts[line], index)].length + 1 };
  };
}
