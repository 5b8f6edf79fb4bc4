/** Ends a loop after its first iteration. */
import { added, type Operator } from "../operator.ts";
import { bodyStatements } from "../sites.ts";

export const loopOnce: Operator = {
  family: "plpgsql",
  sentence: "A loop ends after its first iteration",
  *mutate(subject) {
    for (const { lists } of bodyStatements(subject, "loop", "while", "for", "foreach")) {
      const last = lists[0]?.at(-1);
      const leaves = last?.kind === "exit" || last?.kind === "return";
      if (last !== undefined && !leaves) yield added(last.end, " EXIT;");
    }
  },
  examples: {
    "DO $$DECLARE r RECORD; BEGIN FOR r IN SELECT 1 LOOP PERFORM 1; END LOOP; END$$;": [
      "DO $$DECLARE r RECORD; BEGIN FOR r IN SELECT 1 LOOP PERFORM 1; EXIT; END LOOP; END$$;",
    ],
    "DO $$BEGIN LOOP EXIT; END LOOP; END$$": [],
  },
};
