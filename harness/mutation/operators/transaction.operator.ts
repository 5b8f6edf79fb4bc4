/** Removes BEGIN, COMMIT or a savepoint, or rolls back instead of committing. */
import { type Operator, removed, replaced } from "../operator.ts";
import { withSemicolon } from "../subject.ts";

export const transaction: Operator = {
  family: "script",
  sentence: "A transaction is missing or rolled back",
  *mutate(subject) {
    if (subject.node !== "TransactionStmt") return;
    yield removed(withSemicolon(subject));
    const [token] = subject.whole.tokens;
    if (token?.word === "COMMIT" || token?.word === "END") yield replaced(token, "ROLLBACK");
  },
  examples: {
    "BEGIN; DROP TABLE t; COMMIT;": [
      " DROP TABLE t; COMMIT;",
      "BEGIN; DROP TABLE t; ",
      "BEGIN; DROP TABLE t; ROLLBACK;",
    ],
    "DO $$BEGIN COMMIT; END$$": [],
  },
};
