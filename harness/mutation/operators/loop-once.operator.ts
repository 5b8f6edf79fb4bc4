/**
 * A loop that ends after its first round.
 */
import { added, type Examples, operator } from "../operator.ts";
import { bodyStatements } from "../sites.ts";

export const loopOnce = operator(
  "loop-once",
  "plpgsql",
  "A loop ends after its first round",
  function* (subject) {
    for (const { lists } of bodyStatements(subject, "loop", "while", "for", "foreach")) {
      const last = lists[0]?.at(-1);
      const leaves = last?.kind === "exit" || last?.kind === "return";
      if (last !== undefined && !leaves) yield added(last.end, " EXIT;");
    }
  },
);

export const examples: Examples = {
  makes: [
    {
      of: "DO $$DECLARE r RECORD; BEGIN FOR r IN SELECT 1 LOOP PERFORM 1; END LOOP; END$$;",
      mutants: ["DO $$DECLARE r RECORD; BEGIN FOR r IN SELECT 1 LOOP PERFORM 1; EXIT; END LOOP; END$$;"],
    },
  ],
  leaves: ["DO $$BEGIN LOOP EXIT; END LOOP; END$$"],
};
