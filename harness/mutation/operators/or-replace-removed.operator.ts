/**
 * A function that cannot be made where one of its name is.
 */
import { type Examples, operator, removed } from "../operator.ts";
import { withSpaceBefore } from "../sites.ts";
import { wordsIn } from "../tokens.ts";

export const orReplaceRemoved = operator(
  "or-replace-removed",
  "statement",
  "Nothing is replaced",
  function* ({ whole }) {
    for (const span of wordsIn(whole.tokens, "OR", "REPLACE")) yield removed(withSpaceBefore(whole, span));
  },
);

export const examples: Examples = {
  makes: [{ of: "CREATE OR REPLACE VIEW v AS SELECT 1;", mutants: ["CREATE VIEW v AS SELECT 1;"] }],
  leaves: ["SELECT a OR b, replace(c, 'OR', 'REPLACE')"],
};
