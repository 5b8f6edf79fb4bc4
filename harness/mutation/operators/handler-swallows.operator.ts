/**
 * A block that keeps every error to itself.
 */
import { added, type Examples, operator } from "../operator.ts";
import { bodyStatements } from "../sites.ts";

export const handlerSwallows = operator(
  "handler-swallows",
  "plpgsql",
  "A block keeps its errors to itself",
  function* (subject) {
    for (const { block } of bodyStatements(subject, "block")) {
      if (block?.exceptions === undefined && block !== undefined) {
        yield added(block.closing.start, "EXCEPTION WHEN OTHERS THEN NULL; ");
      }
    }
  },
);

export const examples: Examples = {
  makes: [
    {
      of: "DO $$BEGIN PERFORM 1; END$$;",
      mutants: ["DO $$BEGIN PERFORM 1; EXCEPTION WHEN OTHERS THEN NULL; END$$;"],
    },
  ],
  leaves: ["DO $$BEGIN PERFORM 1; EXCEPTION WHEN OTHERS THEN RAISE; END$$"],
};
