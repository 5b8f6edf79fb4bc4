/**
 * A message or an error that is not raised.
 */
import { type Examples, operator, replaced } from "../operator.ts";
import { bodyStatements, leftOut, withSpaceBefore } from "../sites.ts";

export const raiseRemoved = operator("raise-removed", "plpgsql", "Nothing is raised", function* (subject) {
  for (const statement of bodyStatements(subject, "raise", "assert")) {
    const text = leftOut(subject, statement);
    yield replaced(text === "" ? withSpaceBefore(subject, statement) : statement, text);
  }
});

export const examples: Examples = {
  makes: [
    {
      of: "DO $$BEGIN IF TRUE THEN RAISE EXCEPTION 'x; %', 1; END IF; RAISE; END$$;",
      mutants: [
        "DO $$BEGIN IF TRUE THEN NULL; END IF; RAISE; END$$;",
        "DO $$BEGIN IF TRUE THEN RAISE EXCEPTION 'x; %', 1; END IF; END$$;",
      ],
    },
  ],
  leaves: ["DO $$BEGIN PERFORM 1; END$$"],
};
