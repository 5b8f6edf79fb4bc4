/** Removes a statement of a file. Transactions and privileges have operators of their own. */
import { type Operator, removed } from "../operator.ts";
import { withSemicolon } from "../subject.ts";

const others = ["TransactionStmt", "GrantStmt", "GrantRoleStmt", "AlterDefaultPrivilegesStmt"];

export const statementDropped: Operator = {
  family: "script",
  sentence: "A statement of a file is missing",
  mutate: (subject) => (others.includes(subject.node) ? [] : [removed(withSemicolon(subject))]),
  examples: {
    "SELECT 1;\nSELECT 2; -- two": ["\nSELECT 2; -- two", "SELECT 1;\n -- two"],
    "DROP TABLE t": [""],
    "BEGIN; COMMIT": [],
    "\\d t": [],
  },
};
