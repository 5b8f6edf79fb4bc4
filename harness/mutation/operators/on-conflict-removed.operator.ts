/**
 * An INSERT that fails on a row that is there already.
 */
import { type Examples, operator, removed } from "../operator.ts";
import { withSpaceBefore } from "../sites.ts";
import { seek, wordsAt } from "../tokens.ts";

export const onConflictRemoved = operator(
  "on-conflict-removed",
  "statement",
  "A row that is there already is a conflict",
  function* ({ fragments }) {
    for (const fragment of fragments) {
      for (const [at, { start }] of fragment.tokens.entries()) {
        if (!wordsAt(fragment.tokens, at, "ON", "CONFLICT")) continue;
        const behind = seek(fragment.tokens, at, ({ word, text }) => word === "RETURNING" || text === ";");
        const last = fragment.tokens[behind - 1];
        if (last !== undefined) yield removed(withSpaceBefore(fragment, { start, end: last.end }));
      }
    }
  },
);

export const examples: Examples = {
  makes: [
    {
      of: "INSERT INTO t VALUES (1) ON CONFLICT (id) DO UPDATE SET a = 1 WHERE t.a = 2 RETURNING id;",
      mutants: ["INSERT INTO t VALUES (1) RETURNING id;"],
    },
  ],
  leaves: ["SELECT FROM a JOIN b ON TRUE", "INSERT INTO t VALUES ('ON CONFLICT')"],
};
