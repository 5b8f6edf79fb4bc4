/**
 * Strict for not strict, and the other way round: what happens at the limit itself.
 */
import { type Examples, operator, replaced } from "../operator.ts";
import { nodesIn, operatorOf, tokenOf } from "../sites.ts";

const beside: Readonly<Record<string, string>> = { "<": "<=", "<=": "<", ">": ">=", ">=": ">" };

export const comparisonBoundary = operator(
  "comparison-boundary",
  "expression",
  "A comparison decides otherwise at its limit",
  function* (subject) {
    for (const site of nodesIn(subject, "A_Expr")) {
      const [token, other] = [tokenOf(site), beside[operatorOf(site.node) ?? ""]];
      if (token !== undefined && other !== undefined) yield replaced(token, other);
    }
  },
);

export const examples: Examples = {
  makes: [
    {
      of: "SELECT a < 1 OR b >= 'é<';",
      mutants: ["SELECT a <= 1 OR b >= 'é<';", "SELECT a < 1 OR b > 'é<';"],
    },
    {
      of: "DO $$ BEGIN IF 1 > 2 THEN NULL; END IF; END $$;",
      mutants: ["DO $$ BEGIN IF 1 >= 2 THEN NULL; END IF; END $$;"],
    },
  ],
  leaves: ["SELECT a = 1, '<' -- <"],
};
