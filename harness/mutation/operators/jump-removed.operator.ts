/** Removes EXIT, CONTINUE or RETURN. */
import type { Operator } from "../operator.ts";
import { withoutStatements } from "../sites.ts";

export const jumpRemoved: Operator = {
  family: "plpgsql",
  sentence: "A loop or a function does not end",
  mutate: (subject) => withoutStatements(subject, "exit", "continue", "return"),
  examples: {
    "DO $$BEGIN LOOP EXIT; END LOOP; PERFORM 1; RETURN; END$$;": [
      "DO $$BEGIN LOOP NULL; END LOOP; PERFORM 1; RETURN; END$$;",
      "DO $$BEGIN LOOP EXIT; END LOOP; PERFORM 1; END$$;",
    ],
    "DO $$BEGIN RAISE EXCEPTION 'EXIT'; END$$": [],
  },
};
