/**
 * A file that is not all or nothing: BEGIN, COMMIT or a savepoint is forgotten; or whose work is undone at its end.
 */
import { type Examples, operator, removed, replaced } from "../operator.ts";
import { withSemicolon } from "../whole-statement.ts";

export const transaction = operator(
  "transaction",
  "script",
  "A transaction is another one",
  function* (subject) {
    if (subject.node !== "TransactionStmt") return;
    yield removed(withSemicolon(subject, subject));
    const [token] = subject.whole.tokens;
    if (token?.word === "COMMIT" || token?.word === "END") yield replaced(token, "ROLLBACK");
  },
);

export const examples: Examples = {
  makes: [
    {
      of: "BEGIN; DROP TABLE t; COMMIT;",
      mutants: [" DROP TABLE t; COMMIT;", "BEGIN; DROP TABLE t; ", "BEGIN; DROP TABLE t; ROLLBACK;"],
    },
  ],
  leaves: ["DO $$BEGIN COMMIT; END$$"],
};
