/**
 * A handler that takes every error for the one it knows.
 */
import { type Examples, operator, replaced } from "../operator.ts";
import { bodyStatements } from "../sites.ts";

export const handlerWidened = operator(
  "handler-widened",
  "plpgsql",
  "A handler takes every error",
  function* (subject) {
    for (const { block } of bodyStatements(subject, "block")) {
      for (const { conditions } of block?.exceptions?.handlers ?? []) {
        const known = /^others$/i.test(subject.source.slice(conditions.start, conditions.end));
        if (!known) yield replaced(conditions, "OTHERS");
      }
    }
  },
);

export const examples: Examples = {
  makes: [
    {
      of: "DO $$BEGIN PERFORM 1; EXCEPTION WHEN unique_violation OR SQLSTATE '40001' THEN NULL; END$$;",
      mutants: ["DO $$BEGIN PERFORM 1; EXCEPTION WHEN OTHERS THEN NULL; END$$;"],
    },
  ],
  leaves: ["DO $$BEGIN PERFORM 1; EXCEPTION WHEN others THEN NULL; END$$"],
};
