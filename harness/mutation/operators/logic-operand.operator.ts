/** Removes one of several conditions that AND or OR combines. */
import { type Operator, removed } from "../operator.ts";
import { findNodes, findOperands } from "../sites.ts";

export const logicOperand: Operator = {
  family: "expression",
  sentence: "One of several conditions is missing",
  *mutate(subject) {
    for (const site of findNodes(subject, "BoolExpr")) {
      const operands = findOperands(site);
      for (const [index, { start, end }] of operands.entries()) {
        const [before, after] = [operands[index - 1], operands[index + 1]];
        if (before !== undefined) yield removed({ start: before.end, end });
        else if (after !== undefined) yield removed({ start, end: after.start });
      }
    }
  },
  examples: {
    "SELECT a = 1 AND (b OR NOT c);": [
      "SELECT (b OR NOT c);",
      "SELECT a = 1;",
      "SELECT a = 1 AND (NOT c);",
      "SELECT a = 1 AND (b);",
    ],
    "SELECT NOT a, b BETWEEN 1 AND 2": [],
  },
};
