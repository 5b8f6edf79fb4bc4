/** Removes a GRANT or REVOKE. */
import { type Operator, removed } from "../operator.ts";
import { withSemicolon } from "../subject.ts";

const kinds = ["GrantStmt", "GrantRoleStmt", "AlterDefaultPrivilegesStmt"];

export const grantRemoved: Operator = {
  family: "ddl",
  sentence: "Privileges stay as they are",
  mutate: (subject) => (kinds.includes(subject.node) ? [removed(withSemicolon(subject))] : []),
  examples: {
    "SELECT 1; REVOKE ALL ON FUNCTION f(INT) FROM PUBLIC; GRANT SELECT ON t TO u;": [
      "SELECT 1;  GRANT SELECT ON t TO u;",
      "SELECT 1; REVOKE ALL ON FUNCTION f(INT) FROM PUBLIC; ",
    ],
    "SELECT 'GRANT ALL ON t TO u'": [],
  },
};
