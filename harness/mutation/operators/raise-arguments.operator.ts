/**
 * A message that tells the right numbers in the wrong places.
 */
import { type Examples, operator, swapped } from "../operator.ts";
import { bodyStatements } from "../sites.ts";

export const raiseArguments = operator(
  "raise-arguments",
  "plpgsql",
  "A message tells its values in the wrong order",
  function* (subject) {
    for (const { parts, tokens } of bodyStatements(subject, "raise")) {
      const options = tokens.find(({ word }) => word === "USING");
      const told = parts.filter(
        ({ role, start }) => role === "argument" && start < (options?.start ?? start + 1),
      );
      for (const [index, second] of told.entries()) {
        const first = told[index - 1];
        if (first !== undefined) yield swapped(subject.source, first, second);
      }
    }
  },
);

export const examples: Examples = {
  makes: [
    {
      of: "DO $$BEGIN RAISE NOTICE '% of %', 1, f(2, 3); END$$;",
      mutants: ["DO $$BEGIN RAISE NOTICE '% of %', f(2, 3), 1; END$$;"],
    },
  ],
  leaves: ["DO $$BEGIN RAISE EXCEPTION '%', 1 USING ERRCODE = 'P0001', HINT = 'a'; END$$"],
};
