/** Makes a query fail on a locked row or skip it instead of waiting, or wait instead. */
import { added, type Operator, removedWithSpace } from "../operator.ts";
import { findRowLocks } from "../row-locks.ts";

export const lockWait: Operator = {
  family: "concurrency",
  sentence: "A locked row is treated differently",
  *mutate(subject) {
    for (const { waiting, fragment, end } of findRowLocks(subject)) {
      if (waiting !== undefined) yield removedWithSpace(fragment, waiting);
      else for (const words of [" NOWAIT", " SKIP LOCKED"]) yield added(end, words);
    }
  },
  examples: {
    makes: {
      "SELECT a FROM t FOR UPDATE;": ["SELECT a FROM t FOR UPDATE NOWAIT;", "SELECT a FROM t FOR UPDATE SKIP LOCKED;"],
      "SELECT a FROM t FOR UPDATE SKIP LOCKED;": ["SELECT a FROM t FOR UPDATE;"],
    },
    leaves: ["SELECT a FROM t"],
  },
};
