/** Ignores the outcome of a statement: removes GET DIAGNOSTICS, or replaces FOUND with TRUE. */
import { getChildren } from "../../release/syntax.ts";
import { type Operator, replaced } from "../operator.ts";
import { findTokens, withoutStatements } from "../sites.ts";

export const outcomeIgnored: Operator = {
  family: "plpgsql",
  sentence: "The outcome of a statement is ignored",
  *mutate(subject) {
    yield* withoutStatements(subject, "diagnostics");
    // A variable that is called so hides the one that PL/pgSQL sets.
    if (subject.variables.some(({ name }) => name === "found")) return;
    for (const { node, fragment, token } of findTokens(subject, "ColumnRef")) {
      const alone = getChildren(node, "fields").length === 1 && fragment.kind !== "statement";
      if (token.word === "FOUND" && alone) yield replaced(token, "TRUE");
    }
  },
  examples: {
    "DO $$DECLARE n INT; BEGIN DELETE FROM t; GET DIAGNOSTICS n = ROW_COUNT; IF NOT FOUND THEN NULL; END IF; END$$;": [
      "DO $$DECLARE n INT; BEGIN DELETE FROM t; IF NOT FOUND THEN NULL; END IF; END$$;",
      "DO $$DECLARE n INT; BEGIN DELETE FROM t; GET DIAGNOSTICS n = ROW_COUNT; IF NOT TRUE THEN NULL; END IF; END$$;",
    ],
    "SELECT found FROM t": [],
    "DO $$DECLARE found RECORD; BEGIN PERFORM found; END$$": [],
  },
};
