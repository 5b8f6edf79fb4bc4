/** Builds or drops an index without CONCURRENTLY, which blocks writers. */
import { type Operator, removedEach } from "../operator.ts";
import { findWords } from "../tokens.ts";

export const concurrentlyDropped: Operator = {
  family: "ddl",
  sentence: "Writers are blocked by an index",
  mutate: ({ whole }) => removedEach(whole, findWords(whole.tokens, "CONCURRENTLY")),
  examples: {
    "CREATE INDEX CONCURRENTLY i ON t (a);": ["CREATE INDEX i ON t (a);"],
    "DROP INDEX CONCURRENTLY i;": ["DROP INDEX i;"],
    "CREATE INDEX i ON t (a)": [],
  },
};
