/** Keeps one argument of COALESCE alone, or exchanges the two unless the second is a constant. */
import { getChildren } from "../../release/syntax.ts";
import { type Operator, replaced, swapped } from "../operator.ts";
import { asOperand, findNodes, findSpans } from "../sites.ts";

export const coalesce: Operator = {
  family: "expression",
  sentence: "A substitute for NULL is missing or exchanged",
  *mutate(subject) {
    for (const site of findNodes(subject, "CoalesceExpr")) {
      const whole = site.fragment.span(site.node);
      const args = findSpans(site, "args");
      if (whole === undefined || args === undefined) continue;
      for (const arg of args) yield replaced(whole, asOperand(site.fragment, arg));
      const [first, second] = args;
      const constant = getChildren(site.node, "args")[1]?.kind === "A_Const";
      if (first !== undefined && second !== undefined && !constant) yield swapped(subject, first, second);
    }
  },
  examples: {
    "SELECT COALESCE(f(a), b);": ["SELECT f(a);", "SELECT b;", "SELECT COALESCE(b, f(a));"],
    "SELECT COALESCE(a + 1, 0) * 2;": ["SELECT (a + 1) * 2;", "SELECT 0 * 2;"],
    "SELECT NULLIF(a, 0), 'COALESCE(a, 0)'": [],
  },
};
