/**
 * COALESCE without its substitute, the substitute alone, and the two exchanged.
 */
import { type Examples, operator, replaced, swapped } from "../operator.ts";
import { asOperand, nodesIn, spansIn } from "../sites.ts";

export const coalesce = operator(
  "coalesce",
  "expression",
  "A substitute for NULL is dropped or exchanged",
  function* (subject) {
    for (const site of nodesIn(subject, "CoalesceExpr")) {
      const whole = site.fragment.span(site.node);
      const args = spansIn(site, "args");
      if (whole === undefined || args === undefined) continue;
      for (const arg of args) yield replaced(whole, asOperand(site.fragment, arg));
      const [first, second] = args;
      if (first !== undefined && second !== undefined) yield swapped(subject.source, first, second);
    }
  },
);

export const examples: Examples = {
  makes: [{ of: "SELECT COALESCE(f(a), 0);", mutants: ["SELECT f(a);", "SELECT 0;", "SELECT COALESCE(0, f(a));"] }],
  leaves: ["SELECT NULLIF(a, 0), 'COALESCE(a, 0)'"],
};
