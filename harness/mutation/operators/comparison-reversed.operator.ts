/** Reverses or negates a comparison, including IN, BETWEEN and LIKE. */
import { type Operator, removedUpTo, replaced } from "../operator.ts";
import { exchangedOperators, findTokens } from "../sites.ts";

const opposite: Readonly<Record<string, string>> = {
  "<": ">",
  "<=": ">=",
  ">": "<",
  ">=": "<=",
  "=": "<>",
  "<>": "=",
};

const membership = ["AEXPR_IN", "AEXPR_BETWEEN", "AEXPR_NOT_BETWEEN", "AEXPR_LIKE", "AEXPR_ILIKE"];

export const comparisonReversed: Operator = {
  family: "expression",
  sentence: "A comparison is reversed",
  *mutate(subject) {
    yield* exchangedOperators(subject, opposite);
    for (const { node, fragment, token, at } of findTokens(subject, "A_Expr")) {
      if (!membership.includes(String(node.fields["kind"]))) continue;
      if (token.word === "NOT") yield* removedUpTo(token, fragment.tokens[at + 1]);
      else yield replaced(token, `NOT ${token.text}`);
    }
  },
  examples: {
    "SELECT a <= 1, b = 2;": ["SELECT a >= 1, b = 2;", "SELECT a <= 1, b <> 2;"],
    "SELECT a NOT IN (1), b BETWEEN 1 AND 2;": [
      "SELECT a IN (1), b BETWEEN 1 AND 2;",
      "SELECT a NOT IN (1), b NOT BETWEEN 1 AND 2;",
    ],
    "UPDATE t SET a = 1": [],
    "SELECT a || '='": [],
  },
};
