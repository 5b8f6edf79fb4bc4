/**
 * Two neighbours of a body in the wrong order. Two assignments that know nothing of each other have no order.
 */
import type { BodyStatement } from "../body.ts";
import { type Examples, operator, swapped } from "../operator.ts";
import { bodyLists } from "../sites.ts";

const moved = [
  "assignment",
  "sql",
  "perform",
  "execute",
  "call",
  "if",
  "case",
  "diagnostics",
  "commit",
  "raise",
];

export const statementsSwapped = operator(
  "statements-swapped",
  "statement",
  "Two statements are in the wrong order",
  function* (subject) {
    for (const list of bodyLists(subject)) {
      for (const [index, second] of list.entries()) {
        const first = list[index - 1];
        const movable = first !== undefined && moved.includes(first.kind) && moved.includes(second.kind);
        if (movable && !areIndependent(first, second)) yield swapped(subject.source, first, second);
      }
    }
  },
);

function areIndependent(first: BodyStatement, second: BodyStatement): boolean {
  const both = first.kind === "assignment" && second.kind === "assignment";

  return both && !mentions(first, second.token.word) && !mentions(second, first.token.word);
}

function mentions({ tokens }: BodyStatement, name: string): boolean {
  return tokens.some(({ word }) => word === name);
}

export const examples: Examples = {
  makes: [
    {
      of: "DO $$DECLARE a INT; BEGIN a := 1; DELETE FROM t; END$$;",
      mutants: ["DO $$DECLARE a INT; BEGIN DELETE FROM t; a := 1; END$$;"],
    },
  ],
  leaves: ["DO $$DECLARE a INT; b INT; BEGIN a := 1; b := 2; RETURN; END$$"],
};
