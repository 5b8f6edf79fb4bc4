/** Replaces a number with zero. */
import { type Operator, replaced } from "../operator.ts";
import { findNumbers } from "../sites.ts";

export const constantZero: Operator = {
  family: "expression",
  sentence: "A number is zero",
  mutate: (subject) =>
    findNumbers(subject)
      .filter(({ text }) => Number(text) !== 0)
      .map((token) => replaced(token, "0")),
  examples: {
    "SELECT a * 0.4 + 500;": ["SELECT a * 0 + 500;", "SELECT a * 0.4 + 0;"],
    "SELECT a > 0, '7'": [],
  },
};
