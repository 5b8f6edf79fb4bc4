/** Removes EXIT, CONTINUE or RETURN. */
import type { Operator } from "../operator.ts";
import { bodyStatements, withoutStatement } from "../sites.ts";

export const jumpRemoved: Operator = {
  family: "plpgsql",
  sentence: "A loop or a function does not end",
  *mutate(subject) {
    for (const statement of bodyStatements(subject, "exit", "continue", "return")) {
      yield withoutStatement(subject, statement);
    }
  },
  examples: {
    makes: {
      "DO $$BEGIN LOOP EXIT; END LOOP; PERFORM 1; RETURN; END$$;": [
        "DO $$BEGIN LOOP NULL; END LOOP; PERFORM 1; RETURN; END$$;",
        "DO $$BEGIN LOOP EXIT; END LOOP; PERFORM 1; END$$;",
      ],
    },
    leaves: ["DO $$BEGIN RAISE EXCEPTION 'EXIT'; END$$"],
  },
};
