/**
 * A query that takes all the rows that it finds.
 */
import { type Examples, operator, removed } from "../operator.ts";
import { clausesOf, withSpaceBefore } from "../sites.ts";

export const limitRemoved = operator(
  "limit-removed",
  "statement",
  "A query takes all rows",
  function* (subject) {
    for (const clause of clausesOf(subject, "LIMIT")) yield removed(withSpaceBefore(clause.fragment, clause));
  },
);

export const examples: Examples = {
  makes: [
    {
      of: "SELECT a FROM t ORDER BY a LIMIT 10 OFFSET 2;",
      mutants: ["SELECT a FROM t ORDER BY a OFFSET 2;"],
    },
  ],
  leaves: ["SELECT a, 'LIMIT 1' FROM t"],
};
