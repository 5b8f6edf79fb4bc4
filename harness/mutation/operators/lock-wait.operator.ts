/**
 * Whoever meets a locked row fails or passes it over, and does not wait; or waits where it ought not to.
 */
import { added, type Examples, operator, removed } from "../operator.ts";
import { rowLocksOf } from "../row-locks.ts";
import { withSpaceBefore } from "../sites.ts";

export const lockWait = operator(
  "lock-wait",
  "concurrency",
  "A locked row is met otherwise",
  function* (subject) {
    for (const { waiting, fragment, end } of rowLocksOf(subject)) {
      if (waiting !== undefined) yield removed(withSpaceBefore(fragment, waiting));
      else for (const words of [" NOWAIT", " SKIP LOCKED"]) yield added(end, words);
    }
  },
);

export const examples: Examples = {
  makes: [
    {
      of: "SELECT a FROM t FOR UPDATE;",
      mutants: ["SELECT a FROM t FOR UPDATE NOWAIT;", "SELECT a FROM t FOR UPDATE SKIP LOCKED;"],
    },
    { of: "SELECT a FROM t FOR UPDATE SKIP LOCKED;", mutants: ["SELECT a FROM t FOR UPDATE;"] },
  ],
  leaves: ["SELECT a FROM t"],
};
