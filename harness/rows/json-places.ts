/**
 * Places in JSON documents, named like columns of their own: what a condition asks of `settings -> 'a' ->> 'b'` is a demand
 * on the column `settings`, the key `a` and the key `b`, joined (pure).
 */

/** Neither a column nor a key of jsonb contains it. */
const SEPARATOR = "\u0000";

/** The place below a column or a place. */
export function placeBelow(column: string, keys: readonly string[]): string {
  return [column, ...keys].join(SEPARATOR);
}

/** False for a column as it is. */
export function isPlace(column: string): boolean {
  return column.includes(SEPARATOR);
}

/** The column that a place is in; a column is its own. */
export function rootOf(column: string): string {
  return column.split(SEPARATOR)[0] ?? column;
}

/** The same place in a column of another name. */
export function moveTo(root: string, column: string): string {
  return placeBelow(root, column.split(SEPARATOR).slice(1));
}

/** The column and the places that a place is below, from the top. */
export function placesAbove(column: string): readonly string[] {
  const parts = column.split(SEPARATOR);

  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join(SEPARATOR));
}

/** The next key on the way from a column or a place to one below it; undefined where it is not below. */
export function keyTowards(column: string, below: string): string | undefined {
  return below.startsWith(`${column}${SEPARATOR}`)
    ? below.slice(column.length + SEPARATOR.length).split(SEPARATOR)[0]
    : undefined;
}
