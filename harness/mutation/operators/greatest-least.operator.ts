/** Exchanges GREATEST and LEAST, or keeps one of their two arguments alone. */
import { type Operator, replaced } from "../operator.ts";
import { asOperand, findSpans, findTokens } from "../sites.ts";

export const greatestLeast: Operator = {
  family: "expression",
  sentence: "A limit is missing or on the wrong side",
  *mutate(subject) {
    for (const site of findTokens(subject, "MinMaxExpr")) {
      const { fragment, node, token } = site;
      const [whole, args] = [fragment.span(node), findSpans(site, "args")];
      if (whole === undefined) continue;
      yield replaced(token, token.word === "GREATEST" ? "LEAST" : "GREATEST");
      if (args?.length === 2) for (const arg of args) yield replaced(whole, asOperand(fragment, arg));
    }
  },
  examples: {
    "SELECT GREATEST(a * 0.4, 500)::INTEGER;": [
      "SELECT LEAST(a * 0.4, 500)::INTEGER;",
      "SELECT (a * 0.4)::INTEGER;",
      "SELECT 500::INTEGER;",
    ],
    "SELECT max(a), COALESCE(a, b)": [],
  },
};
