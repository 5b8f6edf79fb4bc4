/**
 * A lock that several may hold.
 */
import { type Examples, operator, replaced } from "../operator.ts";
import { rowLocksOf } from "../row-locks.ts";

const weaker: Readonly<Record<string, readonly string[]>> = {
  UPDATE: ["SHARE", "KEY SHARE"],
  "NO KEY UPDATE": ["SHARE", "KEY SHARE"],
  SHARE: ["KEY SHARE"],
};

export const lockWeakened = operator(
  "lock-weakened",
  "concurrency",
  "Several may hold the lock of a row",
  function* (subject) {
    for (const { strength } of rowLocksOf(subject)) {
      for (const other of weaker[strength.words] ?? []) yield replaced(strength, other);
    }
  },
);

export const examples: Examples = {
  makes: [
    {
      of: "SELECT a FROM t FOR NO KEY UPDATE;",
      mutants: ["SELECT a FROM t FOR SHARE;", "SELECT a FROM t FOR KEY SHARE;"],
    },
  ],
  leaves: ["SELECT a FROM t FOR KEY SHARE"],
};
