/** Drops one side of a concatenation. */
import { type Operator, replaced } from "../operator.ts";
import { asOperand, findNodes, findSpans, operatorName } from "../sites.ts";

export const concatenation: Operator = {
  family: "expression",
  sentence: "One side of a concatenation is missing",
  *mutate(subject) {
    for (const site of findNodes(subject, "A_Expr")) {
      const whole = site.fragment.span(site.node);
      if (operatorName(site.node) !== "||" || whole === undefined) continue;
      for (const side of ["lexpr", "rexpr"]) {
        const [span] = findSpans(site, side) ?? [];
        if (span !== undefined) yield replaced(whole, asOperand(site.fragment, span));
      }
    }
  },
  examples: {
    "SELECT 'a' || f(b);": ["SELECT 'a';", "SELECT f(b);"],
    "SELECT a | b, '||', a + b": [],
  },
};
