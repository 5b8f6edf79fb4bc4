/**
 * EXIT, CONTINUE or RETURN that is forgotten.
 */
import { type Examples, operator, replaced } from "../operator.ts";
import { bodyStatements, leftOut, withSpaceBefore } from "../sites.ts";

export const jumpRemoved = operator(
  "jump-removed",
  "plpgsql",
  "A loop or a function is not left",
  function* (subject) {
    for (const statement of bodyStatements(subject, "exit", "continue", "return")) {
      const text = leftOut(subject, statement);
      yield replaced(text === "" ? withSpaceBefore(subject, statement) : statement, text);
    }
  },
);

export const examples: Examples = {
  makes: [
    {
      of: "DO $$BEGIN LOOP EXIT; END LOOP; PERFORM 1; RETURN; END$$;",
      mutants: [
        "DO $$BEGIN LOOP NULL; END LOOP; PERFORM 1; RETURN; END$$;",
        "DO $$BEGIN LOOP EXIT; END LOOP; PERFORM 1; END$$;",
      ],
    },
  ],
  leaves: ["DO $$BEGIN RAISE EXCEPTION 'EXIT'; END$$"],
};
