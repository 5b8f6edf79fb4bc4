/** Removes ORDER BY. That of a report stays: no rule depends on it. */
import { type Operator, removedWithSpace } from "../operator.ts";
import { findClauses, isReport } from "../sites.ts";

export const orderRemoved: Operator = {
  family: "statement",
  sentence: "Rows have no order",
  *mutate(subject) {
    for (const clause of findClauses(subject, "ORDER", "BY")) {
      const shown = isReport(subject) && clause.depth === 0;
      const limited = clause.fragment.tokens[clause.next]?.word === "LIMIT";
      if (!shown || limited) yield removedWithSpace(clause.fragment, clause);
    }
  },
  examples: {
    makes: {
      "SELECT a FROM t ORDER BY a, b LIMIT 1;": ["SELECT a FROM t LIMIT 1;"],
      "SELECT array_agg(a ORDER BY b) FROM t ORDER BY c;": ["SELECT array_agg(a) FROM t ORDER BY c;"],
      "DO $$BEGIN PERFORM f(a) FROM t ORDER BY a; END$$;": ["DO $$BEGIN PERFORM f(a) FROM t; END$$;"],
    },
    leaves: ["SELECT a FROM t ORDER BY a"],
  },
};
