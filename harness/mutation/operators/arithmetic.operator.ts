/** Exchanges plus and minus, times and divided by. */
import { type Operator, replaced } from "../operator.ts";
import { findNodes, findToken, operatorName } from "../sites.ts";

const opposite: Readonly<Record<string, string>> = { "+": "-", "-": "+", "*": "/", "/": "*", "%": "/" };

export const arithmetic: Operator = {
  family: "expression",
  sentence: "A calculation uses another operator",
  *mutate(subject) {
    for (const site of findNodes(subject, "A_Expr")) {
      const [token, other] = [findToken(site), opposite[operatorName(site.node) ?? ""]];
      const binary = "lexpr" in site.node.fields;
      if (token !== undefined && other !== undefined && binary) yield replaced(token, other);
    }
  },
  examples: {
    makes: { "SELECT a + b * 2;": ["SELECT a - b * 2;", "SELECT a + b / 2;"] },
    leaves: ["SELECT -a, COUNT(*), a || '+'"],
  },
};
