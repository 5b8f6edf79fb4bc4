/**
 * A condition that is forgotten among several.
 */
import { operandsOf } from "../logic.ts";
import { type Examples, operator, removed } from "../operator.ts";
import { nodesIn } from "../sites.ts";

export const logicOperand = operator(
  "logic-operand",
  "expression",
  "One of several conditions is forgotten",
  function* (subject) {
    for (const site of nodesIn(subject, "BoolExpr")) {
      const operands = operandsOf(site);
      for (const [index, { start, end }] of operands.entries()) {
        const [before, after] = [operands[index - 1], operands[index + 1]];
        if (before !== undefined) yield removed({ start: before.end, end });
        else if (after !== undefined) yield removed({ start, end: after.start });
      }
    }
  },
);

export const examples: Examples = {
  makes: [
    {
      of: "SELECT a = 1 AND (b OR NOT c);",
      mutants: [
        "SELECT (b OR NOT c);",
        "SELECT a = 1;",
        "SELECT a = 1 AND (NOT c);",
        "SELECT a = 1 AND (b);",
      ],
    },
  ],
  leaves: ["SELECT NOT a, b BETWEEN 1 AND 2"],
};
