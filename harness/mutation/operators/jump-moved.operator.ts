/** Moves EXIT, CONTINUE or RETURN one statement up. */
import { neighbours, type Operator, swapped } from "../operator.ts";
import { bodyLists } from "../sites.ts";

const jumps = ["exit", "continue", "return"];

export const jumpMoved: Operator = {
  family: "plpgsql",
  sentence: "A loop or a function ends too early",
  *mutate(subject) {
    for (const list of bodyLists(subject)) {
      for (const [before, statement] of neighbours(list)) {
        if (jumps.includes(statement.kind)) yield swapped(subject, before, statement);
      }
    }
  },
  examples: {
    "DO $$BEGIN PERFORM 1; PERFORM 2; RETURN; END$$;": ["DO $$BEGIN PERFORM 1; RETURN; PERFORM 2; END$$;"],
    "DO $$BEGIN RETURN; PERFORM 1; END$$": [],
  },
};
