/** Makes a query fail on a locked row or skip it instead of waiting, or wait instead. */
import { findRowLocks } from "../clauses.ts";
import { added, type Operator, removedWithSpace } from "../operator.ts";

export const lockWait: Operator = {
  family: "concurrency",
  sentence: "A locked row is treated differently",
  mutate: (subject) =>
    findRowLocks(subject).flatMap(({ waiting, end }) =>
      waiting === undefined
        ? [added(end, " NOWAIT"), added(end, " SKIP LOCKED")]
        : [removedWithSpace(subject, waiting)],
    ),
  examples: {
    "SELECT a FROM t FOR UPDATE;": ["SELECT a FROM t FOR UPDATE NOWAIT;", "SELECT a FROM t FOR UPDATE SKIP LOCKED;"],
    "SELECT a FROM t FOR UPDATE SKIP LOCKED;": ["SELECT a FROM t FOR UPDATE;"],
    "SELECT a FROM t": [],
  },
};
