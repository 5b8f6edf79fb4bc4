/** Reads rows without locking them. */
import { type Operator, removedWithSpace } from "../operator.ts";
import { findRowLocks } from "../row-locks.ts";

export const lockRemoved: Operator = {
  family: "concurrency",
  sentence: "Rows are read without a lock",
  *mutate(subject) {
    for (const lock of findRowLocks(subject)) yield removedWithSpace(lock.fragment, lock);
  },
  examples: {
    makes: {
      "SELECT a FROM t WHERE b FOR NO KEY UPDATE OF t NOWAIT;": ["SELECT a FROM t WHERE b;"],
      "SELECT FROM (SELECT a FROM t\n FOR UPDATE) AS s;": ["SELECT FROM (SELECT a FROM t) AS s;"],
    },
    leaves: ["SELECT substring(a FOR 3) FROM t"],
  },
};
