/** Exchanges two neighbouring values of a message. */
import { type Operator, swappedNeighbours } from "../operator.ts";
import { bodyStatements } from "../sites.ts";

export const raiseArguments: Operator = {
  family: "plpgsql",
  sentence: "A message has its values in the wrong order",
  *mutate(subject) {
    for (const { parts, tokens } of bodyStatements(subject, "raise")) {
      const options = tokens.find(({ word }) => word === "USING");
      const values = parts.filter(({ role, start }) => role === "argument" && start < (options?.start ?? start + 1));
      yield* swappedNeighbours(subject, values);
    }
  },
  examples: {
    "DO $$BEGIN RAISE NOTICE '% of %', 1, f(2, 3); END$$;": ["DO $$BEGIN RAISE NOTICE '% of %', f(2, 3), 1; END$$;"],
    "DO $$BEGIN RAISE EXCEPTION '%', 1 USING ERRCODE = 'P0001', HINT = 'a'; END$$": [],
  },
};
