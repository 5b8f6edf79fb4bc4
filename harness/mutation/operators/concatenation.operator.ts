/**
 * One side of a concatenation is lost.
 */
import { type Examples, operator, replaced } from "../operator.ts";
import { asOperand, nodesIn, operatorOf, spansIn } from "../sites.ts";

export const concatenation = operator(
  "concatenation",
  "expression",
  "One side of a concatenation is lost",
  function* (subject) {
    for (const site of nodesIn(subject, "A_Expr")) {
      const whole = site.fragment.span(site.node);
      if (operatorOf(site.node) !== "||" || whole === undefined) continue;
      for (const side of ["lexpr", "rexpr"]) {
        const [span] = spansIn(site, side) ?? [];
        if (span !== undefined) yield replaced(whole, asOperand(site.fragment, span));
      }
    }
  },
);

export const examples: Examples = {
  makes: [{ of: "SELECT 'a' || f(b);", mutants: ["SELECT 'a';", "SELECT f(b);"] }],
  leaves: ["SELECT a | b, '||', a + b"],
};
