/**
 * Rows that are read without a lock.
 */
import { type Examples, operator, removed } from "../operator.ts";
import { rowLocksOf } from "../row-locks.ts";
import { withSpaceBefore } from "../sites.ts";

export const lockRemoved = operator(
  "lock-removed",
  "concurrency",
  "Rows are read without a lock",
  function* (subject) {
    for (const lock of rowLocksOf(subject)) yield removed(withSpaceBefore(lock.fragment, lock));
  },
);

export const examples: Examples = {
  makes: [
    { of: "SELECT a FROM t WHERE b FOR NO KEY UPDATE OF t NOWAIT;", mutants: ["SELECT a FROM t WHERE b;"] },
    {
      of: "SELECT FROM (SELECT a FROM t\n FOR UPDATE) AS s;",
      mutants: ["SELECT FROM (SELECT a FROM t) AS s;"],
    },
  ],
  leaves: ["SELECT substring(a FOR 3) FROM t"],
};
