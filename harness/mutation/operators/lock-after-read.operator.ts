/** Locks rows only after reading them: they may have changed in between. */
import { findRowLocks } from "../clauses.ts";
import { type Operator, replaced } from "../operator.ts";
import { bodyStatements } from "../sites.ts";
import { seek } from "../tokens.ts";

export const lockAfterRead: Operator = {
  family: "concurrency",
  sentence: "Rows are locked only after they were read",
  *mutate(subject) {
    const statements = bodyStatements(subject, "sql", "perform");
    for (const lock of findRowLocks(subject)) {
      const { tokens } = lock.fragment;
      const statement = statements.find(({ start, end }) => start <= lock.start && lock.end <= end);
      const from = tokens[seek(tokens, 0, ({ word }) => word === "FROM")];
      if (statement === undefined || from === undefined || lock.depth > 0) continue;
      const read = subject.source.slice(statement.start, lock.start).trimEnd();
      const locked = subject.source.slice(from.start, lock.end);
      yield replaced(statement, `${read};\nPERFORM 1 ${locked};`);
    }
  },
  examples: {
    "DO $$DECLARE n INT; BEGIN SELECT a INTO n FROM t WHERE b = 1 FOR UPDATE; END$$;": [
      "DO $$DECLARE n INT; BEGIN SELECT a INTO n FROM t WHERE b = 1;\nPERFORM 1 FROM t WHERE b = 1 FOR UPDATE; END$$;",
    ],
    "SELECT a FROM t FOR UPDATE": [],
    "DO $$BEGIN PERFORM a FROM t; END$$": [],
  },
};
