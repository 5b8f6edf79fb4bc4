/** Exchanges AND and OR. */
import { findConnectives } from "../logic.ts";
import { type Operator, replaced } from "../operator.ts";
import { findNodes } from "../sites.ts";

export const logicConnective: Operator = {
  family: "expression",
  sentence: "Conditions are combined by the other connective",
  *mutate(subject) {
    for (const site of findNodes(subject, "BoolExpr")) {
      for (const token of findConnectives(site)) yield replaced(token, token.word === "AND" ? "OR" : "AND");
    }
  },
  examples: {
    makes: {
      "SELECT a AND (b OR c BETWEEN 1 AND 2);": [
        "SELECT a OR (b OR c BETWEEN 1 AND 2);",
        "SELECT a AND (b AND c BETWEEN 1 AND 2);",
      ],
      "SELECT a AND b AND c;": ["SELECT a OR b AND c;", "SELECT a AND b OR c;"],
    },
    leaves: ["SELECT c BETWEEN 1 AND 2, 'a AND b'"],
  },
};
