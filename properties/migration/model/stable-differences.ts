/** Leaves out what two identical runs do not agree on (pure): generated names, and values that change with the time. */
import type { CatalogDifference } from "../../../harness/catalog/difference.ts";

/**
 * The differences that a second identical run shows, too. A name may differ in its digits; of a value that differs from
 * run to run only its absence counts.
 */
export function keepStable<Difference extends CatalogDifference>(
  differences: readonly Difference[],
  second: readonly CatalogDifference[],
): readonly Difference[] {
  const others = new Map(second.map((difference) => [formatShape(difference), difference]));

  return differences.filter((difference) => {
    const other = others.get(formatShape(difference));
    if (other === undefined) return false;
    const isAbsent = [difference.before, difference.after].some((value) => value === undefined || value === null);

    return isAbsent || difference.after === other.after;
  });
}

/** The differences of a run from one that should be equal, without those that two identical runs have, too. */
export function dropUnstable<Difference extends CatalogDifference>(
  differences: readonly Difference[],
  unstable: readonly CatalogDifference[],
): readonly Difference[] {
  const shapes = new Set(unstable.map(formatShape));

  return differences.filter((difference) => !shapes.has(formatShape(difference)));
}

/** The differences of a run from one, without those that an identical run has from that one: by row and column. */
export function dropSame<Difference extends CatalogDifference>(
  differences: readonly Difference[],
  unstable: readonly CatalogDifference[],
): readonly Difference[] {
  const places = new Set(unstable.map(formatPlace));

  return differences.filter((difference) => !places.has(formatPlace(difference)));
}

function formatPlace({ kind, object, property = "" }: CatalogDifference): string {
  return JSON.stringify([kind, object, property]);
}

/** The day of a run is another one in some zones, and runs may be on both sides of midnight. */
const NEAR_MS = 2 * 24 * 3_600_000;

/**
 * Whether a cell has the day of the run in both runs, or a row that is identified by its cells has it: what `current_date`
 * gives changes with the time, though not from one run to the next.
 *
 * @param now milliseconds since 1970
 */
export function isOfToday({ kind, object, before, after }: CatalogDifference, now: number): boolean {
  const texts = kind === "changed" ? [before ?? "", after ?? ""] : [object];

  return texts.every((text) =>
    [...text.matchAll(/\d{4}-\d{2}-\d{2}/g)].some(([day]) => Math.abs(Date.parse(day) - now) < NEAR_MS),
  );
}

/** Generated names differ in numbers and hexadecimal digits. */
function formatShape({ kind, object, property = "" }: CatalogDifference): string {
  return JSON.stringify([kind, object.replace(/[0-9a-f]{8,}|\d+/gi, "#"), property]);
}
