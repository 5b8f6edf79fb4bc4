/** Exchanges < and <=, > and >=. */
import { type Operator, replaced } from "../operator.ts";
import { findNodes, findToken, operatorName } from "../sites.ts";

const opposite: Readonly<Record<string, string>> = { "<": "<=", "<=": "<", ">": ">=", ">=": ">" };

export const comparisonBoundary: Operator = {
  family: "expression",
  sentence: "A comparison differs at its boundary",
  *mutate(subject) {
    for (const site of findNodes(subject, "A_Expr")) {
      const [token, other] = [findToken(site), opposite[operatorName(site.node) ?? ""]];
      if (token !== undefined && other !== undefined) yield replaced(token, other);
    }
  },
  examples: {
    makes: {
      "SELECT a < 1 OR b >= 'é<';": ["SELECT a <= 1 OR b >= 'é<';", "SELECT a < 1 OR b > 'é<';"],
      "DO $$ BEGIN IF 1 > 2 THEN NULL; END IF; END $$;": ["DO $$ BEGIN IF 1 >= 2 THEN NULL; END IF; END $$;"],
    },
    leaves: ["SELECT a = 1, '<' -- <"],
  },
};
