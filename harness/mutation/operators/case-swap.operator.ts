/** Exchanges the results of two neighbouring branches of a CASE. */
import { findCaseBranches } from "../clauses.ts";
import type { Span } from "../mutant.ts";
import { type Operator, swappedNeighbours } from "../operator.ts";
import { bodyStatements, findTokens } from "../sites.ts";

export const caseSwap: Operator = {
  family: "expression",
  sentence: "Two branches of a CASE are exchanged",
  *mutate(subject) {
    for (const site of findTokens(subject, "CaseExpr")) {
      yield* swappedNeighbours(
        subject,
        findCaseBranches(site).map(({ result }) => result),
      );
    }
    for (const { lists } of bodyStatements(subject, "case")) {
      yield* swappedNeighbours(subject, lists.flatMap(spanOfList));
    }
  },
  examples: {
    "SELECT CASE WHEN a THEN 1 ELSE f(2) END;": ["SELECT CASE WHEN a THEN f(2) ELSE 1 END;"],
    "DO $$BEGIN CASE 1 WHEN 1 THEN COMMIT; ELSE NULL; END CASE; END$$;": [
      "DO $$BEGIN CASE 1 WHEN 1 THEN NULL; ELSE COMMIT; END CASE; END$$;",
    ],
    "SELECT CASE WHEN a THEN 1 END": [],
  },
};

function spanOfList(list: readonly Span[]): Span[] {
  const [first, last] = [list[0], list.at(-1)];

  return first && last ? [{ start: first.start, end: last.end }] : [];
}
