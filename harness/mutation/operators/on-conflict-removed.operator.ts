/** Removes ON CONFLICT: the INSERT fails on an existing row. */
import { type Operator, removedWithSpace } from "../operator.ts";
import { seek, wordsAt } from "../tokens.ts";

export const onConflictRemoved: Operator = {
  family: "statement",
  sentence: "An existing row is a conflict",
  *mutate({ fragments }) {
    for (const fragment of fragments) {
      for (const [at, { start }] of fragment.tokens.entries()) {
        if (!wordsAt(fragment.tokens, at, "ON", "CONFLICT")) continue;
        const end = seek(fragment.tokens, at, ({ word, text }) => word === "RETURNING" || text === ";");
        const last = fragment.tokens[end - 1];
        if (last !== undefined) yield removedWithSpace(fragment, { start, end: last.end });
      }
    }
  },
  examples: {
    "INSERT INTO t VALUES (1) ON CONFLICT (id) DO UPDATE SET a = 1 WHERE t.a = 2 RETURNING id;": [
      "INSERT INTO t VALUES (1) RETURNING id;",
    ],
    "SELECT FROM a JOIN b ON TRUE": [],
    "INSERT INTO t VALUES ('ON CONFLICT')": [],
  },
};
