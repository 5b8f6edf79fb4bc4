/**
 * A statement of a file that is forgotten. Transactions and rights have operators of their own.
 */
import { type Examples, operator, removed } from "../operator.ts";
import { withSemicolon } from "../whole-statement.ts";

const others = ["TransactionStmt", "GrantStmt", "GrantRoleStmt", "AlterDefaultPrivilegesStmt"];

export const statementDropped = operator(
  "statement-dropped",
  "script",
  "A statement of a file is forgotten",
  function* (subject) {
    if (!others.includes(subject.node)) yield removed(withSemicolon(subject, subject));
  },
);

export const examples: Examples = {
  makes: [
    { of: "SELECT 1;\nSELECT 2; -- two", mutants: ["\nSELECT 2; -- two", "SELECT 1;\n -- two"] },
    { of: "DROP TABLE t", mutants: [""] },
  ],
  leaves: ["BEGIN; COMMIT", "\\d t"],
};
