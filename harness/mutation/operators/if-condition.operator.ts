/** Negates a condition of IF, WHILE or EXIT, or replaces it with TRUE or FALSE. */
import { type Operator, replaced } from "../operator.ts";
import { bodyStatements, findConditions } from "../sites.ts";

export const ifCondition: Operator = {
  family: "plpgsql",
  sentence: "A condition is negated or fixed",
  *mutate(subject) {
    const leaving = bodyStatements(subject, "exit", "continue");
    for (const part of findConditions(subject)) {
      const fragment = subject.fragmentOf(part);
      if (fragment === undefined) continue;
      // Where it is a NOT already, another operator forgets that.
      const negated = fragment.tokens[0]?.word === "NOT" && fragment.of("BoolExpr")[0]?.parent?.kind === "ResTarget";
      if (!negated) yield replaced(part, `NOT (${fragment.text(part)})`);
      yield replaced(part, "TRUE");
      // EXIT that never happens is EXIT that is forgotten.
      if (!leaving.some(({ parts }) => parts.includes(part))) yield replaced(part, "FALSE");
    }
  },
  examples: {
    "DO $$BEGIN IF 1 > 2 THEN NULL; END IF; END$$;": [
      "DO $$BEGIN IF NOT (1 > 2) THEN NULL; END IF; END$$;",
      "DO $$BEGIN IF TRUE THEN NULL; END IF; END$$;",
      "DO $$BEGIN IF FALSE THEN NULL; END IF; END$$;",
    ],
    "DO $$BEGIN LOOP EXIT WHEN NOT f(); END LOOP; END$$;": ["DO $$BEGIN LOOP EXIT WHEN TRUE; END LOOP; END$$;"],
    "DO $$BEGIN PERFORM 1 > 2; ASSERT 1 > 2; END$$": [],
  },
};
