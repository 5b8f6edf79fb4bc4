/** Exchanges plus and minus, times and divided by. */
import type { Operator } from "../operator.ts";
import { exchangedOperators } from "../sites.ts";

const opposite: Readonly<Record<string, string>> = { "+": "-", "-": "+", "*": "/", "/": "*", "%": "/" };

export const arithmetic: Operator = {
  family: "expression",
  sentence: "A calculation uses another operator",
  mutate: (subject) => exchangedOperators(subject, opposite),
  examples: {
    "SELECT a + b * 2;": ["SELECT a - b * 2;", "SELECT a + b / 2;"],
    "SELECT -a, COUNT(*), a || '+'": [],
  },
};
