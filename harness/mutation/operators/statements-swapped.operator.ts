/** Exchanges two neighbouring statements of a body, unless they are independent assignments. */
import type { BodyStatement } from "../body.ts";
import { neighbours, type Operator, swapped } from "../operator.ts";
import { bodyLists } from "../sites.ts";

const kinds = "assignment sql perform execute call if case diagnostics commit raise".split(" ");

export const statementsSwapped: Operator = {
  family: "statement",
  sentence: "Two statements are in the wrong order",
  *mutate(subject) {
    for (const list of bodyLists(subject)) {
      for (const [first, second] of neighbours(list)) {
        const movable = kinds.includes(first.kind) && kinds.includes(second.kind);
        if (movable && !areIndependent(first, second)) yield swapped(subject, first, second);
      }
    }
  },
  examples: {
    "DO $$DECLARE a INT; BEGIN a := 1; DELETE FROM t; END$$;": [
      "DO $$DECLARE a INT; BEGIN DELETE FROM t; a := 1; END$$;",
    ],
    "DO $$DECLARE a INT; b INT; BEGIN a := 1; b := 2; RETURN; END$$": [],
  },
};

function areIndependent(first: BodyStatement, second: BodyStatement): boolean {
  const both = first.kind === "assignment" && second.kind === "assignment";

  return both && !mentions(first, second.token.word) && !mentions(second, first.token.word);
}

function mentions({ tokens }: BodyStatement, name: string): boolean {
  return tokens.some(({ word }) => word === name);
}
