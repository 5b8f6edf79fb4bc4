/** Removes a NOT. */
import { type Operator, removedUpTo } from "../operator.ts";
import { findTokens } from "../sites.ts";

export const notDropped: Operator = {
  family: "expression",
  sentence: "A NOT is missing",
  mutate: (subject) =>
    findTokens(subject, "BoolExpr").flatMap(({ fragment, token, at }) =>
      token.word === "NOT" ? removedUpTo(token, fragment.tokens[at + 1]) : [],
    ),
  examples: {
    "SELECT NOT a AND NOT (b);": ["SELECT a AND NOT (b);", "SELECT NOT a AND (b);"],
    "SELECT a NOT IN (1), b IS NOT NULL": [],
  },
};
