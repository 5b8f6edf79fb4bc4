/**
 * RETURNING is what a query says of the rows that it changed; without it nobody hears of them.
 */
import { type Examples, operator, removed } from "../operator.ts";
import { clausesOf, withSpaceBefore } from "../sites.ts";

export const returningRemoved = operator(
  "returning-removed",
  "statement",
  "Changed rows are not returned",
  function* (subject) {
    for (const clause of clausesOf(subject, "RETURNING"))
      yield removed(withSpaceBefore(clause.fragment, clause));
  },
);

export const examples: Examples = {
  makes: [
    {
      of: "WITH c AS (DELETE FROM t RETURNING id) SELECT 1;",
      mutants: ["WITH c AS (DELETE FROM t) SELECT 1;"],
    },
  ],
  leaves: ["DELETE FROM t", "SELECT 'RETURNING id'"],
};
