/**
 * A COMMIT within a body that is forgotten, or that undoes what it ought to keep.
 */
import { type Examples, operator, replaced } from "../operator.ts";
import { bodyStatements, leftOut, withSpaceBefore } from "../sites.ts";

export const commitRemoved = operator(
  "commit-removed",
  "plpgsql",
  "Work is not committed when it is done",
  function* (subject) {
    for (const statement of bodyStatements(subject, "commit", "rollback")) {
      const text = leftOut(subject, statement);
      yield replaced(text === "" ? withSpaceBefore(subject, statement) : statement, text);
      yield replaced(statement.token, statement.kind === "commit" ? "ROLLBACK" : "COMMIT");
    }
  },
);

export const examples: Examples = {
  makes: [
    {
      of: "DO $$BEGIN PERFORM 1; COMMIT; END$$;",
      mutants: ["DO $$BEGIN PERFORM 1; END$$;", "DO $$BEGIN PERFORM 1; ROLLBACK; END$$;"],
    },
  ],
  leaves: ["BEGIN; COMMIT"],
};
