/** Exchanges < and <=, > and >=. */
import type { Operator } from "../operator.ts";
import { exchangedOperators } from "../sites.ts";

const opposite: Readonly<Record<string, string>> = { "<": "<=", "<=": "<", ">": ">=", ">=": ">" };

export const comparisonBoundary: Operator = {
  family: "expression",
  sentence: "A comparison differs at its boundary",
  mutate: (subject) => exchangedOperators(subject, opposite),
  examples: {
    "SELECT a < 1 OR b >= 'é<';": ["SELECT a <= 1 OR b >= 'é<';", "SELECT a < 1 OR b > 'é<';"],
    "DO $$ BEGIN IF 1 > 2 THEN NULL; END IF; END $$;": ["DO $$ BEGIN IF 1 >= 2 THEN NULL; END IF; END $$;"],
    "SELECT a = 1, '<' -- <": [],
  },
};
