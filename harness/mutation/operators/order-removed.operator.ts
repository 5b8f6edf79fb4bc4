/**
 * Rows in no certain order. Where a report only shows them, nobody promised one: that ORDER BY stays.
 */
import { type Examples, operator, removed } from "../operator.ts";
import { clausesOf, isReport, withSpaceBefore } from "../sites.ts";

export const orderRemoved = operator(
  "order-removed",
  "statement",
  "Rows are in no order",
  function* (subject) {
    for (const clause of clausesOf(subject, "ORDER", "BY")) {
      const shown = isReport(subject) && clause.depth === 0;
      const limited = clause.fragment.tokens[clause.behind]?.word === "LIMIT";
      if (!shown || limited) yield removed(withSpaceBefore(clause.fragment, clause));
    }
  },
);

export const examples: Examples = {
  makes: [
    { of: "SELECT a FROM t ORDER BY a, b LIMIT 1;", mutants: ["SELECT a FROM t LIMIT 1;"] },
    {
      of: "SELECT array_agg(a ORDER BY b) FROM t ORDER BY c;",
      mutants: ["SELECT array_agg(a) FROM t ORDER BY c;"],
    },
    {
      of: "DO $$BEGIN PERFORM f(a) FROM t ORDER BY a; END$$;",
      mutants: ["DO $$BEGIN PERFORM f(a) FROM t; END$$;"],
    },
  ],
  leaves: ["SELECT a FROM t ORDER BY a"],
};
