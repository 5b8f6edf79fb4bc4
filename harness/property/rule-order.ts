/**
 * The order in which properties are told (pure): the contract's, S, A, G, C, K, M, R, L, X, V, P, O; within a family by
 * number, then by name.
 */

const FAMILIES = "SAGCKMRLXVPO";

/** For sorting ids: below zero where the first one comes first. */
export function byRule(one: string, other: string): number {
  return rank(one) - rank(other) || one.localeCompare(other, "en");
}

function rank(id: string): number {
  return FAMILIES.indexOf(id.charAt(0)) * 100 + Number.parseInt(id.slice(1), 10);
}
