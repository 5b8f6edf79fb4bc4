/** Reads rows without locking them. */
import { findRowLocks } from "../clauses.ts";
import { type Operator, removedEach } from "../operator.ts";

export const lockRemoved: Operator = {
  family: "concurrency",
  sentence: "Rows are read without a lock",
  mutate: (subject) => removedEach(subject, findRowLocks(subject)),
  examples: {
    "SELECT a FROM t WHERE b FOR NO KEY UPDATE OF t NOWAIT;": ["SELECT a FROM t WHERE b;"],
    "SELECT FROM (SELECT a FROM t\n FOR UPDATE) AS s;": ["SELECT FROM (SELECT a FROM t) AS s;"],
    "SELECT substring(a FOR 3) FROM t": [],
  },
};
