/** Removes RETURNING: the query no longer returns the rows that it changed. */
import { findClauses } from "../clauses.ts";
import { type Operator, removedEach } from "../operator.ts";

export const returningRemoved: Operator = {
  family: "statement",
  sentence: "Changed rows are not returned",
  mutate: (subject) => removedEach(subject, findClauses(subject, "RETURNING")),
  examples: {
    "WITH c AS (DELETE FROM t RETURNING id) SELECT 1;": ["WITH c AS (DELETE FROM t) SELECT 1;"],
    "DELETE FROM t": [],
    "SELECT 'RETURNING id'": [],
  },
};
