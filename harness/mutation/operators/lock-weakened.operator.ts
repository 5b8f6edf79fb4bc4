/** Takes a weaker row lock, which several sessions may hold (PostgreSQL manual, 13.3.2 Row-Level Locks). */
import { findRowLocks } from "../clauses.ts";
import { type Operator, replaced } from "../operator.ts";

const weaker: Readonly<Record<string, readonly string[]>> = {
  UPDATE: ["SHARE", "KEY SHARE"],
  "NO KEY UPDATE": ["SHARE", "KEY SHARE"],
  SHARE: ["KEY SHARE"],
};

export const lockWeakened: Operator = {
  family: "concurrency",
  sentence: "Several sessions may hold a row lock",
  mutate: (subject) =>
    findRowLocks(subject).flatMap(({ strength }) =>
      (weaker[strength.words] ?? []).map((other) => replaced(strength, other)),
    ),
  examples: {
    "SELECT a FROM t FOR NO KEY UPDATE;": ["SELECT a FROM t FOR SHARE;", "SELECT a FROM t FOR KEY SHARE;"],
    "SELECT a FROM t FOR KEY SHARE": [],
  },
};
