/** Removes a LIMIT. */
import { findClauses } from "../clauses.ts";
import { type Operator, removedEach } from "../operator.ts";

export const limitRemoved: Operator = {
  family: "statement",
  sentence: "A query returns all rows",
  mutate: (subject) => removedEach(subject, findClauses(subject, "LIMIT")),
  examples: {
    "SELECT a FROM t ORDER BY a LIMIT 10 OFFSET 2;": ["SELECT a FROM t ORDER BY a OFFSET 2;"],
    "SELECT a, 'LIMIT 1' FROM t": [],
  },
};
