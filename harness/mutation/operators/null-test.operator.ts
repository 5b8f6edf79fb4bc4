/** Exchanges IS NULL and IS NOT NULL. */
import { type Operator, replaced } from "../operator.ts";
import { findTokens } from "../sites.ts";

export const nullTest: Operator = {
  family: "expression",
  sentence: "A test for NULL is negated",
  *mutate(subject) {
    for (const { fragment, token, at } of findTokens(subject, "NullTest")) {
      const not = fragment.tokens[at + 1]?.word === "NOT";
      const last = fragment.tokens[at + (not ? 2 : 1)];
      if (token.word === "IS" && last?.word === "NULL") {
        yield replaced({ start: token.start, end: last.end }, not ? "IS NULL" : "IS NOT NULL");
      }
    }
  },
  examples: {
    "SELECT a IS NULL AND b IS NOT NULL;": [
      "SELECT a IS NOT NULL AND b IS NOT NULL;",
      "SELECT a IS NULL AND b IS NULL;",
    ],
    "SELECT NULL, COALESCE(a, 'IS NULL')": [],
  },
};
