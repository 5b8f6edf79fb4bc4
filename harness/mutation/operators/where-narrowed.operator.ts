/**
 * A query that finds no row at all.
 */
import { type Examples, operator, replaced } from "../operator.ts";
import { clausesOf } from "../sites.ts";

export const whereNarrowed = operator(
  "where-narrowed",
  "statement",
  "A query finds no row",
  function* (subject) {
    for (const { fragment, content } of clausesOf(subject, "WHERE")) {
      if (fragment.nodes[0]?.kind !== "IndexStmt") yield replaced(content, "FALSE");
    }
  },
);

export const examples: Examples = {
  makes: [{ of: "DELETE FROM t WHERE b = 2 AND c;", mutants: ["DELETE FROM t WHERE FALSE;"] }],
  leaves: ["SELECT a FROM t", "CREATE INDEX i ON t (a) WHERE b"],
};
