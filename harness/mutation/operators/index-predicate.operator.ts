/** Removes the predicate of a partial index. */
import { findClauses } from "../clauses.ts";
import { type Operator, removedEach } from "../operator.ts";

export const indexPredicate: Operator = {
  family: "ddl",
  sentence: "An index contains all rows",
  mutate: (subject) => (subject.node === "IndexStmt" ? removedEach(subject, findClauses(subject, "WHERE")) : []),
  examples: {
    "CREATE INDEX i ON t (a)\nWHERE b > 0;": ["CREATE INDEX i ON t (a);"],
    "CREATE INDEX i ON t (a)": [],
    "DELETE FROM t WHERE a": [],
  },
};
