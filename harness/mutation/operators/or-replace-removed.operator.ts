/** Removes OR REPLACE: the statement fails if the object exists. */
import { type Operator, removedWithSpace } from "../operator.ts";
import { findWords } from "../tokens.ts";

export const orReplaceRemoved: Operator = {
  family: "statement",
  sentence: "Nothing is replaced",
  *mutate({ whole }) {
    for (const span of findWords(whole.tokens, "OR", "REPLACE")) yield removedWithSpace(whole, span);
  },
  examples: {
    makes: { "CREATE OR REPLACE VIEW v AS SELECT 1;": ["CREATE VIEW v AS SELECT 1;"] },
    leaves: ["SELECT a OR b, replace(c, 'OR', 'REPLACE')"],
  },
};
