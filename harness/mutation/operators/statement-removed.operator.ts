/**
 * A statement of a body that is forgotten. What raises, leaves or commits has an operator of its own.
 */
import { type Examples, operator, replaced } from "../operator.ts";
import { bodyStatements, leftOut, withSpaceBefore } from "../sites.ts";

export const statementRemoved = operator(
  "statement-removed",
  "statement",
  "A statement is forgotten",
  function* (subject) {
    for (const statement of bodyStatements(
      subject,
      "assignment",
      "sql",
      "perform",
      "execute",
      "call",
      "cursor",
    )) {
      const text = leftOut(subject, statement);
      yield replaced(text === "" ? withSpaceBefore(subject, statement) : statement, text);
    }
  },
);

export const examples: Examples = {
  makes: [
    {
      of: "DO $$BEGIN PERFORM 1; IF TRUE THEN DELETE FROM t; END IF; END$$;",
      mutants: [
        "DO $$BEGIN IF TRUE THEN DELETE FROM t; END IF; END$$;",
        "DO $$BEGIN PERFORM 1; IF TRUE THEN NULL; END IF; END$$;",
      ],
    },
  ],
  leaves: ["DO $$BEGIN RAISE NOTICE 'x'; COMMIT; END$$", "SELECT 1"],
};
