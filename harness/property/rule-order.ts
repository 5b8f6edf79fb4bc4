/** Sorts ids (pure): those of a contract by family, number and name, then those of the rules of any migration. */

const FAMILIES = "SAGCKMRLXVPO";

/** The rules of any migration, in the order in which they are documented. */
const MIGRATION_FAMILIES = [
  "applies",
  "keeps",
  "still-works",
  "rolls-back",
  "re-runs",
  "same-for-everyone",
  "completes",
  "locks",
  "scales",
  "sequences",
];

/** Compares ids of properties for sorting. */
export function compareIds(one: string, other: string): number {
  const [left, right] = [rank(one), rank(other)];

  return left.family - right.family || left.number - right.number || one.localeCompare(other, "en");
}

/** A family that is not known comes after those that are, of a contract and of any migration alike. */
function rank(id: string): { readonly family: number; readonly number: number } {
  const [, letter, number = "0", name = ""] = /^(?:([A-Z])(\d+)|([a-z-]+))/.exec(id) ?? [];
  if (letter !== undefined) {
    const family = FAMILIES.indexOf(letter);

    return { family: family === -1 ? FAMILIES.length : family, number: Number(number) };
  }
  const family = MIGRATION_FAMILIES.indexOf(name);
  const index = family === -1 ? MIGRATION_FAMILIES.length : family;

  return { family: FAMILIES.length + 1 + index, number: Number(/\.(\d+)/.exec(id)?.[1] ?? 0) };
}
