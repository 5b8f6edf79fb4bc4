/**
 * COALESCE without its substitute, the substitute alone, and the two exchanged: which comes to the same where the
 * substitute is a constant.
 */

import { childrenIn } from "../../release/syntax.ts";
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
      const constant = childrenIn(site.node, "args")[1]?.kind === "A_Const";
      if (first !== undefined && second !== undefined && !constant)
        yield swapped(subject.source, first, second);
    }
  },
);

export const examples: Examples = {
  makes: [
    { of: "SELECT COALESCE(f(a), b);", mutants: ["SELECT f(a);", "SELECT b;", "SELECT COALESCE(b, f(a));"] },
    { of: "SELECT COALESCE(a + 1, 0) * 2;", mutants: ["SELECT (a + 1) * 2;", "SELECT 0 * 2;"] },
  ],
  leaves: ["SELECT NULLIF(a, 0), 'COALESCE(a, 0)'"],
};
