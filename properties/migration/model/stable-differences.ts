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

/** Generated names differ in numbers and hexadecimal digits. */
function formatShape({ kind, object, property = "" }: CatalogDifference): string {
  return JSON.stringify([kind, object.replace(/[0-9a-f]{8,}|\d+/gi, "#"), property]);
}
