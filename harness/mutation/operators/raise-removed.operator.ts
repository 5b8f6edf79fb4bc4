/** Removes a RAISE or an ASSERT. */
import type { Operator } from "../operator.ts";
import { withoutStatements } from "../sites.ts";

export const raiseRemoved: Operator = {
  family: "plpgsql",
  sentence: "Nothing is raised",
  mutate: (subject) => withoutStatements(subject, "raise", "assert"),
  examples: {
    "DO $$BEGIN IF TRUE THEN RAISE EXCEPTION 'x; %', 1; END IF; RAISE; END$$;": [
      "DO $$BEGIN IF TRUE THEN NULL; END IF; RAISE; END$$;",
      "DO $$BEGIN IF TRUE THEN RAISE EXCEPTION 'x; %', 1; END IF; END$$;",
    ],
    "DO $$BEGIN PERFORM 1; END$$": [],
  },
};
