/** Removes a statement of a body. RAISE, jumps and COMMIT have operators of their own. */
import type { Operator } from "../operator.ts";
import { withoutStatements } from "../sites.ts";

export const statementRemoved: Operator = {
  family: "statement",
  sentence: "A statement is missing",
  mutate: (subject) => withoutStatements(subject, "assignment", "sql", "perform", "execute", "call", "cursor"),
  examples: {
    "DO $$BEGIN PERFORM 1; IF TRUE THEN DELETE FROM t; END IF; END$$;": [
      "DO $$BEGIN IF TRUE THEN DELETE FROM t; END IF; END$$;",
      "DO $$BEGIN PERFORM 1; IF TRUE THEN NULL; END IF; END$$;",
    ],
    "DO $$BEGIN RAISE NOTICE 'x'; COMMIT; END$$": [],
    "SELECT 1": [],
  },
};
