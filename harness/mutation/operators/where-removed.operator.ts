/** Removes WHERE from a query, or FILTER from an aggregate. */
import { findClauses } from "../clauses.ts";
import { type Operator, removedWithSpace } from "../operator.ts";
import { findPartner } from "../tokens.ts";

export const whereRemoved: Operator = {
  family: "statement",
  sentence: "A query affects all rows",
  *mutate(subject) {
    for (const clause of findClauses(subject, "WHERE")) {
      const { fragment, first } = clause;
      const filter = fragment.tokens[first - 2];
      const closing = fragment.tokens[findPartner(fragment.tokens, first - 1)];
      if (fragment.nodes[0]?.kind === "IndexStmt") continue;
      if (filter?.word === "FILTER" && closing !== undefined) {
        yield removedWithSpace(fragment, { start: filter.start, end: closing.end });
      } else yield removedWithSpace(fragment, clause);
    }
  },
  examples: {
    "SELECT a FROM t WHERE left(b, 1) = 'x' LIMIT 1;": ["SELECT a FROM t LIMIT 1;"],
    "UPDATE t SET a = 1\nWHERE b = 2 RETURNING c;": ["UPDATE t SET a = 1 RETURNING c;"],
    "SELECT COUNT(*) FILTER (WHERE a < 1) FROM (SELECT a FROM t WHERE b GROUP BY a) AS s;": [
      "SELECT COUNT(*) FROM (SELECT a FROM t WHERE b GROUP BY a) AS s;",
      "SELECT COUNT(*) FILTER (WHERE a < 1) FROM (SELECT a FROM t GROUP BY a) AS s;",
    ],
    "CREATE INDEX i ON t (a) WHERE b": [],
    "SELECT 'WHERE' -- WHERE a = 1": [],
  },
};
