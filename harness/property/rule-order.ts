/** Sorts ids in the order of the contract (pure): by family, then by number, then by name. */

const FAMILIES = "SAGCKMRLXVPO";

/** Compares ids of properties for sorting. */
export function compareIds(one: string, other: string): number {
  return rank(one) - rank(other) || one.localeCompare(other, "en");
}

function rank(id: string): number {
  return FAMILIES.indexOf(id.charAt(0)) * 100 + Number.parseInt(id.slice(1), 10);
}
