/** Removes a CHECK, UNIQUE, primary or foreign key, or the UNIQUE of an index. */
import { alterCommands, columnConstraints, type ListItem, tableElements } from "../ddl.ts";
import { type Operator, removedWithSpace, withoutItem } from "../operator.ts";

const kinds = ["CONSTR_CHECK", "CONSTR_UNIQUE", "CONSTR_PRIMARY", "CONSTR_FOREIGN", "CONSTR_EXCLUSION"];

export const constraintRemoved: Operator = {
  family: "ddl",
  sentence: "A constraint is missing",
  *mutate(subject) {
    for (const item of [...alterCommands(subject), ...tableElements(subject)]) {
      if (addsConstraint(item)) yield* withoutItem(item.items, item.at);
    }
    for (const span of columnConstraints(subject, ...kinds)) yield removedWithSpace(subject, span);
    const unique = subject.whole.tokens.find(({ word }) => word === "UNIQUE");
    if (subject.node === "IndexStmt" && unique !== undefined) yield removedWithSpace(subject, unique);
  },
  examples: {
    makes: {
      "ALTER TABLE s.t ADD COLUMN a INT UNIQUE DEFAULT 0, ADD CONSTRAINT c CHECK (f(a, 1)) NOT VALID;": [
        "ALTER TABLE s.t ADD COLUMN a INT DEFAULT 0, ADD CONSTRAINT c CHECK (f(a, 1)) NOT VALID;",
        "ALTER TABLE s.t ADD COLUMN a INT UNIQUE DEFAULT 0;",
      ],
      "CREATE TABLE t (a INT REFERENCES s (b) NOT NULL, UNIQUE (a));": [
        "CREATE TABLE t (a INT NOT NULL, UNIQUE (a));",
        "CREATE TABLE t (a INT REFERENCES s (b) NOT NULL);",
      ],
      "CREATE UNIQUE INDEX i ON t (a);": ["CREATE INDEX i ON t (a);"],
    },
    leaves: ["ALTER TABLE t DROP CONSTRAINT c, ADD a INT NOT NULL DEFAULT 0", "CREATE TABLE t (a INT)"],
  },
};

function addsConstraint({ node }: ListItem): boolean {
  return node.kind === "Constraint" || node.fields["subtype"] === "AT_AddConstraint";
}
