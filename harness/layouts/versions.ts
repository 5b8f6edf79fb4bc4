/** Compares and checks the numbers of migrations (pure). */
import { HarnessError } from "../errors.ts";

/** A migration by its number: digits, with leading zeros or without. */
export interface Numbered {
  readonly version: string;
  /** The file or folder, for errors. */
  readonly file: string;
}

/** Numbers of any length, such as 20 digits of a time. */
export function compareMigrationVersions(one: string, other: string): number {
  const [left, right] = [BigInt(one), BigInt(other)];

  return left < right ? -1 : left > right ? 1 : 0;
}

export function sortByVersion<Item extends Numbered>(items: readonly Item[]): readonly Item[] {
  return items.toSorted((one, other) => compareMigrationVersions(one.version, other.version));
}

/** @throws HarnessError if two migrations have the same number */
export function requireUniqueVersions(sorted: readonly Numbered[], folder: string): void {
  for (const [index, one] of sorted.entries()) {
    const next = sorted[index + 1];
    if (next !== undefined && compareMigrationVersions(one.version, next.version) === 0) {
      throw createDuplicateError(one, next, folder);
    }
  }
}

export function createDuplicateError(
  one: Numbered,
  other: Numbered,
  folder: string,
  remedy = "Give one of them another number",
): HarnessError {
  return new HarnessError(`${folder}: ${one.file} and ${other.file} have the same number ${one.version}`, remedy);
}

/** A counter has few digits; a moment of time has at least eight. */
const COUNTER_DIGITS_MAX = 6;

/**
 * Requires that no number is left out where they are counted, and not taken from the time.
 * @param known further numbers, such as those of migrations in code
 * @throws HarnessError that names the first gap
 */
export function requireNoGap(sorted: readonly Numbered[], folder: string, known: readonly string[] = []): void {
  if (!isCounted(sorted)) return;
  const elsewhere = new Set(known.map(BigInt));
  for (const [index, { version, file }] of sorted.entries()) {
    const next = sorted[index + 1];
    if (next === undefined) return;
    let expected = BigInt(version) + 1n;
    while (elsewhere.has(expected)) expected += 1n;
    if (BigInt(next.version) > expected) {
      throw new HarnessError(
        `${folder}: there is no migration with the number ${expected}, between ${file} and ${next.file}`,
        "Add the missing file; if the number was never used, name the layout with --layout",
      );
    }
  }
}

/** True for 1, 2, 4; false for 10, 20, 30 and for moments of time. */
function isCounted(sorted: readonly Numbered[]): boolean {
  const first = sorted[0];
  if (first === undefined || sorted.some(({ version }) => version.length > COUNTER_DIGITS_MAX)) return false;
  const steps = sorted.slice(1).filter(({ version }, index) => {
    return BigInt(version) - BigInt(sorted[index]?.version ?? version) === 1n;
  });

  return BigInt(first.version) <= 1n && 2 * steps.length >= sorted.length - 1;
}
