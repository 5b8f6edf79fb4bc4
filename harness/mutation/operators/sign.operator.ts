/**
 * A sign that is lost.
 */
import { type Examples, operator, removed } from "../operator.ts";
import { nodesIn, operatorOf, tokenOf } from "../sites.ts";

export const sign = operator("sign", "expression", "A sign is lost", function* (subject) {
  for (const site of nodesIn(subject, "A_Expr", "A_Const")) {
    const { node, fragment } = site;
    const token = tokenOf(site);
    const unary = node.kind === "A_Const" || (operatorOf(node) === "-" && !("lexpr" in node.fields));
    const next = token && fragment.tokens[fragment.tokenAt(token.start) + 1];
    if (unary && token?.text === "-" && next !== undefined) {
      yield removed({ start: token.start, end: next.start });
    }
  }
});

export const examples: Examples = {
  makes: [{ of: "SELECT -a, b - - 3;", mutants: ["SELECT a, b - - 3;", "SELECT -a, b - 3;"] }],
  leaves: ["SELECT a - 1, '-1'"],
};
