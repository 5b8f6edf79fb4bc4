/**
 * LEAST for GREATEST, and either without one of its values.
 */
import { type Examples, operator, replaced } from "../operator.ts";
import { asOperand, nodesIn, spansIn, tokenOf } from "../sites.ts";

export const greatestLeast = operator(
  "greatest-least",
  "expression",
  "A limit is dropped or is on the wrong side",
  function* (subject) {
    for (const site of nodesIn(subject, "MinMaxExpr")) {
      const [whole, token, args] = [site.fragment.span(site.node), tokenOf(site), spansIn(site, "args")];
      if (whole === undefined || token === undefined) continue;
      yield replaced(token, token.word === "GREATEST" ? "LEAST" : "GREATEST");
      if (args?.length === 2) for (const arg of args) yield replaced(whole, asOperand(site.fragment, arg));
    }
  },
);

export const examples: Examples = {
  makes: [
    {
      of: "SELECT GREATEST(a * 0.4, 500)::INTEGER;",
      mutants: ["SELECT LEAST(a * 0.4, 500)::INTEGER;", "SELECT (a * 0.4)::INTEGER;", "SELECT 500::INTEGER;"],
    },
  ],
  leaves: ["SELECT max(a), COALESCE(a, b)"],
};
