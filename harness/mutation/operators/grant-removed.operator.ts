/**
 * A GRANT or REVOKE that is forgotten.
 */
import { type Examples, operator, removed } from "../operator.ts";
import { withSemicolon } from "../whole-statement.ts";

export const grantRemoved = operator(
  "grant-removed",
  "ddl",
  "Rights are left as they are",
  function* (subject) {
    if (["GrantStmt", "GrantRoleStmt", "AlterDefaultPrivilegesStmt"].includes(subject.node)) {
      yield removed(withSemicolon(subject, subject));
    }
  },
);

export const examples: Examples = {
  makes: [
    {
      of: "SELECT 1; REVOKE ALL ON FUNCTION f(INT) FROM PUBLIC; GRANT SELECT ON t TO u;",
      mutants: [
        "SELECT 1;  GRANT SELECT ON t TO u;",
        "SELECT 1; REVOKE ALL ON FUNCTION f(INT) FROM PUBLIC; ",
      ],
    },
  ],
  leaves: ["SELECT 'GRANT ALL ON t TO u'"],
};
