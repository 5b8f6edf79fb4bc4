/**
 * A block that lets every error through.
 */
import { type Examples, operator, removed } from "../operator.ts";
import { bodyStatements, withSpaceBefore } from "../sites.ts";

export const handlerRemoved = operator(
  "handler-removed",
  "plpgsql",
  "An error is not handled",
  function* (subject) {
    for (const { block } of bodyStatements(subject, "block")) {
      if (block?.exceptions !== undefined) yield removed(withSpaceBefore(subject, block.exceptions));
    }
  },
);

export const examples: Examples = {
  makes: [
    {
      of: "DO $$BEGIN PERFORM 1; EXCEPTION WHEN OTHERS THEN NULL; WHEN division_by_zero THEN RAISE; END$$;",
      mutants: ["DO $$BEGIN PERFORM 1; END$$;"],
    },
  ],
  leaves: ["DO $$BEGIN RAISE EXCEPTION 'x'; END$$"],
};
