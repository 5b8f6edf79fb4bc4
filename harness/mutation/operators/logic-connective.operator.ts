/** Exchanges AND and OR. */
import { type Operator, replaced } from "../operator.ts";
import { findNodes, findOperands } from "../sites.ts";

export const logicConnective: Operator = {
  family: "expression",
  sentence: "Conditions are combined by the other connective",
  *mutate(subject) {
    for (const site of findNodes(subject, "BoolExpr")) {
      for (const { start } of findOperands(site).slice(1)) {
        const token = site.fragment.tokens.findLast((one) => one.end <= start);
        if (token?.word === "AND") yield replaced(token, "OR");
        if (token?.word === "OR") yield replaced(token, "AND");
      }
    }
  },
  examples: {
    "SELECT a AND (b OR c BETWEEN 1 AND 2);": [
      "SELECT a OR (b OR c BETWEEN 1 AND 2);",
      "SELECT a AND (b AND c BETWEEN 1 AND 2);",
    ],
    "SELECT a AND b AND c;": ["SELECT a OR b AND c;", "SELECT a AND b OR c;"],
    "SELECT c BETWEEN 1 AND 2, 'a AND b'": [],
  },
};
