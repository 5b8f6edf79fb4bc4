/**
 * What a statement did is not asked: GET DIAGNOSTICS is left out, and FOUND is true.
 */

import { childrenIn } from "../../release/syntax.ts";
import { type Examples, operator, replaced } from "../operator.ts";
import { bodyStatements, leftOut, nodesIn, tokenOf, withSpaceBefore } from "../sites.ts";

export const outcomeIgnored = operator(
  "outcome-ignored",
  "plpgsql",
  "Nobody asks what a statement did",
  function* (subject) {
    for (const statement of bodyStatements(subject, "diagnostics")) {
      const text = leftOut(subject, statement);
      yield replaced(text === "" ? withSpaceBefore(subject, statement) : statement, text);
    }
    // A variable that is called so hides the one that PL/pgSQL sets.
    if (subject.variables.some(({ name }) => name === "found")) return;
    for (const site of nodesIn(subject, "ColumnRef")) {
      const token = tokenOf(site);
      const alone = childrenIn(site.node, "fields").length === 1 && site.fragment.kind !== "statement";
      if (token?.word === "FOUND" && alone) yield replaced(token, "TRUE");
    }
  },
);

export const examples: Examples = {
  makes: [
    {
      of: "DO $$DECLARE n INT; BEGIN DELETE FROM t; GET DIAGNOSTICS n = ROW_COUNT; IF NOT FOUND THEN NULL; END IF; END$$;",
      mutants: [
        "DO $$DECLARE n INT; BEGIN DELETE FROM t; IF NOT FOUND THEN NULL; END IF; END$$;",
        "DO $$DECLARE n INT; BEGIN DELETE FROM t; GET DIAGNOSTICS n = ROW_COUNT; IF NOT TRUE THEN NULL; END IF; END$$;",
      ],
    },
  ],
  leaves: ["SELECT found FROM t", "DO $$DECLARE found RECORD; BEGIN PERFORM found; END$$"],
};
