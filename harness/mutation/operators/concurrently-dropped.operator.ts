/** Builds or drops an index without CONCURRENTLY, which blocks writers. */
import { type Operator, removedWithSpace } from "../operator.ts";

export const concurrentlyDropped: Operator = {
  family: "ddl",
  sentence: "Writers are blocked by an index",
  *mutate({ whole }) {
    for (const token of whole.tokens) if (token.word === "CONCURRENTLY") yield removedWithSpace(whole, token);
  },
  examples: {
    makes: {
      "CREATE INDEX CONCURRENTLY i ON t (a);": ["CREATE INDEX i ON t (a);"],
      "DROP INDEX CONCURRENTLY i;": ["DROP INDEX i;"],
    },
    leaves: ["CREATE INDEX i ON t (a)"],
  },
};
