/** Exchanges GREATEST and LEAST, or keeps one of their two arguments alone. */
import { type Operator, replaced } from "../operator.ts";
import { asOperand, findNodes, findSpans, findToken } from "../sites.ts";

export const greatestLeast: Operator = {
  family: "expression",
  sentence: "A limit is missing or on the wrong side",
  *mutate(subject) {
    for (const site of findNodes(subject, "MinMaxExpr")) {
      const [whole, token, args] = [site.fragment.span(site.node), findToken(site), findSpans(site, "args")];
      if (whole === undefined || token === undefined) continue;
      yield replaced(token, token.word === "GREATEST" ? "LEAST" : "GREATEST");
      if (args?.length === 2) for (const arg of args) yield replaced(whole, asOperand(site.fragment, arg));
    }
  },
  examples: {
    makes: {
      "SELECT GREATEST(a * 0.4, 500)::INTEGER;": [
        "SELECT LEAST(a * 0.4, 500)::INTEGER;",
        "SELECT (a * 0.4)::INTEGER;",
        "SELECT 500::INTEGER;",
      ],
    },
    leaves: ["SELECT max(a), COALESCE(a, b)"],
  },
};
