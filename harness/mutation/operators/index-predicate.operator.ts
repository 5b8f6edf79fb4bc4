/**
 * A partial index that holds all rows.
 */
import { type Examples, operator, removed } from "../operator.ts";
import { clausesOf, withSpaceBefore } from "../sites.ts";

export const indexPredicate = operator(
  "index-predicate",
  "ddl",
  "An index holds all rows",
  function* (subject) {
    for (const clause of subject.node === "IndexStmt" ? clausesOf(subject, "WHERE") : []) {
      yield removed(withSpaceBefore(subject, clause));
    }
  },
);

export const examples: Examples = {
  makes: [{ of: "CREATE INDEX i ON t (a)\nWHERE b > 0;", mutants: ["CREATE INDEX i ON t (a);"] }],
  leaves: ["CREATE INDEX i ON t (a)", "DELETE FROM t WHERE a"],
};
