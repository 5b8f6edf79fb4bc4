/**
 * EXIT, CONTINUE or RETURN that comes one statement too early.
 */
import { type Examples, operator, swapped } from "../operator.ts";
import { bodyLists } from "../sites.ts";

const jumps = ["exit", "continue", "return"];

export const jumpMoved = operator(
  "jump-moved",
  "plpgsql",
  "A loop or a function is left too early",
  function* (subject) {
    for (const list of bodyLists(subject)) {
      for (const [index, statement] of list.entries()) {
        const before = list[index - 1];
        if (before !== undefined && jumps.includes(statement.kind))
          yield swapped(subject.source, before, statement);
      }
    }
  },
);

export const examples: Examples = {
  makes: [
    {
      of: "DO $$BEGIN PERFORM 1; PERFORM 2; RETURN; END$$;",
      mutants: ["DO $$BEGIN PERFORM 1; RETURN; PERFORM 2; END$$;"],
    },
  ],
  leaves: ["DO $$BEGIN RETURN; PERFORM 1; END$$"],
};
