/** Makes a block without handlers swallow every error. */
import { added, type Operator } from "../operator.ts";
import { bodyStatements } from "../sites.ts";

export const handlerSwallows: Operator = {
  family: "plpgsql",
  sentence: "A block swallows its errors",
  mutate: (subject) =>
    bodyStatements(subject, "block").flatMap(({ block }) =>
      block === undefined || block.exceptions !== undefined
        ? []
        : [added(block.closing.start, "EXCEPTION WHEN OTHERS THEN NULL; ")],
    ),
  examples: {
    "DO $$BEGIN PERFORM 1; END$$;": ["DO $$BEGIN PERFORM 1; EXCEPTION WHEN OTHERS THEN NULL; END$$;"],
    "DO $$BEGIN PERFORM 1; EXCEPTION WHEN OTHERS THEN RAISE; END$$": [],
  },
};
