/**
 * A query that forgets which rows it is about; of an aggregate, its FILTER.
 */
import { type Examples, operator, removed } from "../operator.ts";
import { clausesOf, withSpaceBefore } from "../sites.ts";
import { partnerOf } from "../tokens.ts";

export const whereRemoved = operator(
  "where-removed",
  "statement",
  "A query is about all rows",
  function* (subject) {
    for (const clause of clausesOf(subject, "WHERE")) {
      const { fragment, first } = clause;
      const filter = fragment.tokens[first - 2];
      const closing = fragment.tokens[partnerOf(fragment.tokens, first - 1)];
      if (fragment.nodes[0]?.kind === "IndexStmt") continue;
      if (filter?.word === "FILTER" && closing !== undefined) {
        yield removed(withSpaceBefore(fragment, { start: filter.start, end: closing.end }));
      } else yield removed(withSpaceBefore(fragment, clause));
    }
  },
);

export const examples: Examples = {
  makes: [
    { of: "SELECT a FROM t WHERE left(b, 1) = 'x' LIMIT 1;", mutants: ["SELECT a FROM t LIMIT 1;"] },
    { of: "UPDATE t SET a = 1\nWHERE b = 2 RETURNING c;", mutants: ["UPDATE t SET a = 1 RETURNING c;"] },
    {
      of: "SELECT COUNT(*) FILTER (WHERE a < 1) FROM (SELECT a FROM t WHERE b GROUP BY a) AS s;",
      mutants: [
        "SELECT COUNT(*) FROM (SELECT a FROM t WHERE b GROUP BY a) AS s;",
        "SELECT COUNT(*) FILTER (WHERE a < 1) FROM (SELECT a FROM t GROUP BY a) AS s;",
      ],
    },
  ],
  leaves: ["CREATE INDEX i ON t (a) WHERE b", "SELECT 'WHERE' -- WHERE a = 1"],
};
