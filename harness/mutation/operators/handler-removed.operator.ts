/** Removes the exception section of a block. */
import { type Operator, removedEach } from "../operator.ts";
import { bodyStatements } from "../sites.ts";

export const handlerRemoved: Operator = {
  family: "plpgsql",
  sentence: "An error is not handled",
  mutate: (subject) =>
    removedEach(
      subject,
      bodyStatements(subject, "block").flatMap(({ block }) => block?.exceptions ?? []),
    ),
  examples: {
    "DO $$BEGIN PERFORM 1; EXCEPTION WHEN OTHERS THEN NULL; WHEN division_by_zero THEN RAISE; END$$;": [
      "DO $$BEGIN PERFORM 1; END$$;",
    ],
    "DO $$BEGIN RAISE EXCEPTION 'x'; END$$": [],
  },
};
