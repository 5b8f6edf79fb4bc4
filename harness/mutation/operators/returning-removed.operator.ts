/** Removes RETURNING: the query no longer returns the rows that it changed. */
import { type Operator, removedWithSpace } from "../operator.ts";
import { findClauses } from "../sites.ts";

export const returningRemoved: Operator = {
  family: "statement",
  sentence: "Changed rows are not returned",
  *mutate(subject) {
    for (const clause of findClauses(subject, "RETURNING")) yield removedWithSpace(clause.fragment, clause);
  },
  examples: {
    makes: { "WITH c AS (DELETE FROM t RETURNING id) SELECT 1;": ["WITH c AS (DELETE FROM t) SELECT 1;"] },
    leaves: ["DELETE FROM t", "SELECT 'RETURNING id'"],
  },
};
