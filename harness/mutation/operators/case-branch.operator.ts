/**
 * A branch of a CASE that is forgotten: of the expression and of the statement.
 */
import { type CaseBranch, expressionBranches } from "../case-branches.ts";
import { type Examples, operator, removed } from "../operator.ts";
import { bodyStatements, nodesIn, withSpaceBefore } from "../sites.ts";

export const caseBranch = operator(
  "case-branch",
  "expression",
  "A branch of a CASE is forgotten",
  function* (subject) {
    for (const site of nodesIn(subject, "CaseExpr")) {
      for (const branch of removable(expressionBranches(site)))
        yield removed(withSpaceBefore(subject, branch));
    }
    for (const { branches = [] } of bodyStatements(subject, "case")) {
      const told = branches.map((branch) => ({
        ...branch,
        isElse: /^else/i.test(subject.source.slice(branch.start)),
      }));
      for (const branch of removable(told)) yield removed(withSpaceBefore(subject, branch));
    }
  },
);

/** At least one WHEN stays. */
function removable<Branch extends Pick<CaseBranch, "isElse">>(branches: readonly Branch[]): Branch[] {
  const whens = branches.filter(({ isElse }) => !isElse).length;

  return branches.filter(({ isElse }) => isElse || whens > 1);
}

export const examples: Examples = {
  makes: [
    {
      of: "SELECT CASE a WHEN 1 THEN CASE WHEN b THEN 2 END WHEN 2 THEN 3 ELSE 4 END;",
      mutants: [
        "SELECT CASE a WHEN 2 THEN 3 ELSE 4 END;",
        "SELECT CASE a WHEN 1 THEN CASE WHEN b THEN 2 END ELSE 4 END;",
        "SELECT CASE a WHEN 1 THEN CASE WHEN b THEN 2 END WHEN 2 THEN 3 END;",
      ],
    },
    {
      of: "DO $$BEGIN CASE 1 WHEN 1 THEN NULL; ELSE COMMIT; END CASE; END$$;",
      mutants: ["DO $$BEGIN CASE 1 WHEN 1 THEN NULL; END CASE; END$$;"],
    },
  ],
  leaves: ["SELECT CASE WHEN a THEN 1 END"],
};
