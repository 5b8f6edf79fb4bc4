/** Removes a branch of a CASE expression or statement. */
import { type CaseBranch, findCaseBranches } from "../clauses.ts";
import { type Operator, removedEach } from "../operator.ts";
import { bodyStatements, findTokens } from "../sites.ts";

export const caseBranch: Operator = {
  family: "expression",
  sentence: "A branch of a CASE is missing",
  *mutate(subject) {
    for (const site of findTokens(subject, "CaseExpr")) yield* removedEach(subject, removable(findCaseBranches(site)));
    for (const { branches = [] } of bodyStatements(subject, "case")) {
      const marked = branches.map((branch) => ({
        ...branch,
        isElse: /^else/i.test(subject.source.slice(branch.start)),
      }));
      yield* removedEach(subject, removable(marked));
    }
  },
  examples: {
    "SELECT CASE a WHEN 1 THEN CASE WHEN b THEN 2 END WHEN 2 THEN 3 ELSE 4 END;": [
      "SELECT CASE a WHEN 2 THEN 3 ELSE 4 END;",
      "SELECT CASE a WHEN 1 THEN CASE WHEN b THEN 2 END ELSE 4 END;",
      "SELECT CASE a WHEN 1 THEN CASE WHEN b THEN 2 END WHEN 2 THEN 3 END;",
    ],
    "DO $$BEGIN CASE 1 WHEN 1 THEN NULL; ELSE COMMIT; END CASE; END$$;": [
      "DO $$BEGIN CASE 1 WHEN 1 THEN NULL; END CASE; END$$;",
    ],
    "SELECT CASE WHEN a THEN 1 END": [],
  },
};

/** At least one WHEN stays. */
function removable<Branch extends Pick<CaseBranch, "isElse">>(branches: readonly Branch[]): Branch[] {
  const whens = branches.filter(({ isElse }) => !isElse).length;

  return branches.filter(({ isElse }) => isElse || whens > 1);
}
