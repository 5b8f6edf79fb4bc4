/** Removes the predicate of a partial index. */
import { type Operator, removedWithSpace } from "../operator.ts";
import { findClauses } from "../sites.ts";

export const indexPredicate: Operator = {
  family: "ddl",
  sentence: "An index contains all rows",
  *mutate(subject) {
    for (const clause of subject.node === "IndexStmt" ? findClauses(subject, "WHERE") : []) {
      yield removedWithSpace(subject, clause);
    }
  },
  examples: {
    makes: { "CREATE INDEX i ON t (a)\nWHERE b > 0;": ["CREATE INDEX i ON t (a);"] },
    leaves: ["CREATE INDEX i ON t (a)", "DELETE FROM t WHERE a"],
  },
};
