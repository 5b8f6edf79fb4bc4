/** Removes a LIMIT. */
import { type Operator, removedWithSpace } from "../operator.ts";
import { findClauses } from "../sites.ts";

export const limitRemoved: Operator = {
  family: "statement",
  sentence: "A query returns all rows",
  *mutate(subject) {
    for (const clause of findClauses(subject, "LIMIT")) yield removedWithSpace(clause.fragment, clause);
  },
  examples: {
    makes: { "SELECT a FROM t ORDER BY a LIMIT 10 OFFSET 2;": ["SELECT a FROM t ORDER BY a OFFSET 2;"] },
    leaves: ["SELECT a, 'LIMIT 1' FROM t"],
  },
};
