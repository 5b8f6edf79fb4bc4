/** Removes OR REPLACE: the statement fails if the object exists. */
import { type Operator, removedEach } from "../operator.ts";
import { findWords } from "../tokens.ts";

export const orReplaceRemoved: Operator = {
  family: "statement",
  sentence: "Nothing is replaced",
  mutate: ({ whole }) => removedEach(whole, findWords(whole.tokens, "OR", "REPLACE")),
  examples: {
    "CREATE OR REPLACE VIEW v AS SELECT 1;": ["CREATE VIEW v AS SELECT 1;"],
    "SELECT a OR b, replace(c, 'OR', 'REPLACE')": [],
  },
};
