/** Removes a minus sign. */
import { type Operator, removed } from "../operator.ts";
import { findNodes, findToken, operatorName } from "../sites.ts";

export const sign: Operator = {
  family: "expression",
  sentence: "A sign is missing",
  *mutate(subject) {
    for (const site of findNodes(subject, "A_Expr", "A_Const")) {
      const { node, fragment } = site;
      const token = findToken(site);
      const unary = node.kind === "A_Const" || (operatorName(node) === "-" && !("lexpr" in node.fields));
      const next = token && fragment.tokens[fragment.tokenAt(token.start) + 1];
      if (unary && token?.text === "-" && next !== undefined) {
        yield removed({ start: token.start, end: next.start });
      }
    }
  },
  examples: {
    makes: { "SELECT -a, b - - 3;": ["SELECT a, b - - 3;", "SELECT -a, b - 3;"] },
    leaves: ["SELECT a - 1, '-1'"],
  },
};
