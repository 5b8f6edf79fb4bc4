/**
 * Plus for minus and times for divided by, and the other way round.
 */
import { type Examples, operator, replaced } from "../operator.ts";
import { nodesIn, operatorOf, tokenOf } from "../sites.ts";

const opposite: Readonly<Record<string, string>> = { "+": "-", "-": "+", "*": "/", "/": "*", "%": "/" };

export const arithmetic = operator(
  "arithmetic",
  "expression",
  "A calculation is done with another operator",
  function* (subject) {
    for (const site of nodesIn(subject, "A_Expr")) {
      const [token, other] = [tokenOf(site), opposite[operatorOf(site.node) ?? ""]];
      const binary = "lexpr" in site.node.fields;
      if (token !== undefined && other !== undefined && binary) yield replaced(token, other);
    }
  },
);

export const examples: Examples = {
  makes: [{ of: "SELECT a + b * 2;", mutants: ["SELECT a - b * 2;", "SELECT a + b / 2;"] }],
  leaves: ["SELECT -a, COUNT(*), a || '+'"],
};
