/** Removes ORDER BY. That of a report stays: no rule depends on it. */
import { findClauses } from "../clauses.ts";
import { type Operator, removedEach } from "../operator.ts";
import { isReport } from "../sites.ts";

export const orderRemoved: Operator = {
  family: "statement",
  sentence: "Rows have no order",
  mutate: (subject) =>
    removedEach(
      subject,
      findClauses(subject, "ORDER", "BY").filter(({ fragment, depth, next }) => {
        const isShown = isReport(subject) && depth === 0;

        return !isShown || fragment.tokens[next]?.word === "LIMIT";
      }),
    ),
  examples: {
    "SELECT a FROM t ORDER BY a, b LIMIT 1;": ["SELECT a FROM t LIMIT 1;"],
    "SELECT array_agg(a ORDER BY b) FROM t ORDER BY c;": ["SELECT array_agg(a) FROM t ORDER BY c;"],
    "DO $$BEGIN PERFORM f(a) FROM t ORDER BY a; END$$;": ["DO $$BEGIN PERFORM f(a) FROM t; END$$;"],
    "SELECT a FROM t ORDER BY a": [],
  },
};
