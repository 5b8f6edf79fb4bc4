/** Takes a weaker row lock, which several sessions may hold (PostgreSQL manual, 13.3.2 Row-Level Locks). */
import { type Operator, replaced } from "../operator.ts";
import { findRowLocks } from "../row-locks.ts";

const weaker: Readonly<Record<string, readonly string[]>> = {
  UPDATE: ["SHARE", "KEY SHARE"],
  "NO KEY UPDATE": ["SHARE", "KEY SHARE"],
  SHARE: ["KEY SHARE"],
};

export const lockWeakened: Operator = {
  family: "concurrency",
  sentence: "Several sessions may hold a row lock",
  *mutate(subject) {
    for (const { strength } of findRowLocks(subject)) {
      for (const other of weaker[strength.words] ?? []) yield replaced(strength, other);
    }
  },
  examples: {
    makes: {
      "SELECT a FROM t FOR NO KEY UPDATE;": ["SELECT a FROM t FOR SHARE;", "SELECT a FROM t FOR KEY SHARE;"],
    },
    leaves: ["SELECT a FROM t FOR KEY SHARE"],
  },
};
