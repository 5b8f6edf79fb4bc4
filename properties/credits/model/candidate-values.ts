/** Values that columns of the contract may refuse on the user's schema, as text (pure). */
import { sample, string } from "fast-check";
import { ODD_TEXTS } from "./arbitraries.ts";
import { GREATEST_POOL, INTEGER_MAX, INTEGER_MIN } from "./model.ts";

const SAMPLES = sample(string({ unit: "grapheme", minLength: 1, maxLength: 12 }), { numRuns: 15, seed: 1 });
/** Those that properties give, and of the longest that their triggers give. */
export const NAMES = [
  "Any",
  "New",
  "Other",
  `Any${" and daughter".repeat(3)}`,
  "Organization 1",
  "Renamed",
  ...ODD_TEXTS,
  ...SAMPLES,
];
export const PLANS = [
  ...["custom", "enterprise", "premium", "Enterprise", "PREMIUM", " premium", "enterprise ", "  EnterPrise  "],
  ...[null, "Custom", "free", "enterprises", "premium plus", "%", "custom\nplan", ...ODD_TEXTS, ...SAMPLES],
];
export const STATUSES = ["active", "inactive", null, "suspended", "busy"];
export const TOTALS = [
  null,
  ...[INTEGER_MIN, -1, 0, 1, 100_000, INTEGER_MAX, GREATEST_POOL, GREATEST_POOL + 1].map(String),
  // The largest of a NUMERIC with 12 digits before the point, and about the largest that JavaScript counts exactly.
  ...["999999999999", "9000000000000000"],
];
/** Of log rows from before the migration. */
const PAST_ACTIONS = ["consumption", "purchase"];
/** The rules count the rows with these. */
const CONTRACT_ACTION = /^(?:allocation|rollback|\w+_consumption)$/;

/** @param literals that the table compares with */
export function pastActions(literals: readonly string[]): readonly string[] {
  return [...PAST_ACTIONS, ...literals.filter((one) => !CONTRACT_ACTION.test(one))];
}
