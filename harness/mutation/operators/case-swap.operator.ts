/**
 * Two neighbours of a CASE come to each other's result.
 */
import { expressionBranches } from "../case-branches.ts";
import { type Examples, operator, swapped } from "../operator.ts";
import { bodyStatements, nodesIn } from "../sites.ts";

export const caseSwap = operator(
  "case-swap",
  "expression",
  "Two branches of a CASE are exchanged",
  function* (subject) {
    for (const site of nodesIn(subject, "CaseExpr")) {
      const results = expressionBranches(site).map(({ result }) => result);
      for (const [index, second] of results.entries()) {
        const first = results[index - 1];
        if (first !== undefined) yield swapped(subject.source, first, second);
      }
    }
    for (const { lists } of bodyStatements(subject, "case")) {
      for (const [index, list] of lists.entries()) {
        const [before, after] = [lists[index - 1], list];
        const [first, second] = [before && spanOfList(before), spanOfList(after)];
        if (first !== undefined && second !== undefined) yield swapped(subject.source, first, second);
      }
    }
  },
);

function spanOfList(list: readonly { readonly start: number; readonly end: number }[]) {
  const [first, last] = [list[0], list.at(-1)];

  return first && last && { start: first.start, end: last.end };
}

export const examples: Examples = {
  makes: [
    { of: "SELECT CASE WHEN a THEN 1 ELSE f(2) END;", mutants: ["SELECT CASE WHEN a THEN f(2) ELSE 1 END;"] },
    {
      of: "DO $$BEGIN CASE 1 WHEN 1 THEN COMMIT; ELSE NULL; END CASE; END$$;",
      mutants: ["DO $$BEGIN CASE 1 WHEN 1 THEN NULL; ELSE COMMIT; END CASE; END$$;"],
    },
  ],
  leaves: ["SELECT CASE WHEN a THEN 1 END"],
};
