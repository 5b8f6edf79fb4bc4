/**
 * An index that is built while nobody may write.
 */
import { type Examples, operator, removed } from "../operator.ts";
import { withSpaceBefore } from "../sites.ts";

export const concurrentlyDropped = operator(
  "concurrently-dropped",
  "ddl",
  "Writers wait for an index",
  function* ({ whole }) {
    for (const token of whole.tokens) {
      if (token.word === "CONCURRENTLY") yield removed(withSpaceBefore(whole, token));
    }
  },
);

export const examples: Examples = {
  makes: [
    { of: "CREATE INDEX CONCURRENTLY i ON t (a);", mutants: ["CREATE INDEX i ON t (a);"] },
    { of: "DROP INDEX CONCURRENTLY i;", mutants: ["DROP INDEX i;"] },
  ],
  leaves: ["CREATE INDEX i ON t (a)"],
};
