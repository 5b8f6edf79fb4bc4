/**
 * A CHECK, UNIQUE, primary or foreign key that is forgotten; and an index that is unique no more.
 */
import { alterCommands, columnConstraints, type Item, tableElements } from "../ddl.ts";
import { type Examples, operator, removed, withoutItem } from "../operator.ts";
import { withSpaceBefore } from "../sites.ts";

const kinds = ["CONSTR_CHECK", "CONSTR_UNIQUE", "CONSTR_PRIMARY", "CONSTR_FOREIGN", "CONSTR_EXCLUSION"];

export const constraintRemoved = operator(
  "constraint-removed",
  "ddl",
  "A constraint is forgotten",
  function* (subject) {
    for (const { items, at } of [...alterCommands(subject), ...tableElements(subject)].filter(
      addsConstraint,
    )) {
      const change = withoutItem(items, at);
      if (change !== undefined) yield change;
    }
    for (const span of columnConstraints(subject, ...kinds)) yield removed(withSpaceBefore(subject, span));
    const unique = subject.whole.tokens.find(({ word }) => word === "UNIQUE");
    if (subject.node === "IndexStmt" && unique !== undefined) yield removed(withSpaceBefore(subject, unique));
  },
);

function addsConstraint({ node }: Item): boolean {
  return node.kind === "Constraint" || node.fields["subtype"] === "AT_AddConstraint";
}

export const examples: Examples = {
  makes: [
    {
      of: "ALTER TABLE s.t ADD COLUMN a INT UNIQUE DEFAULT 0, ADD CONSTRAINT c CHECK (f(a, 1)) NOT VALID;",
      mutants: [
        "ALTER TABLE s.t ADD COLUMN a INT DEFAULT 0, ADD CONSTRAINT c CHECK (f(a, 1)) NOT VALID;",
        "ALTER TABLE s.t ADD COLUMN a INT UNIQUE DEFAULT 0;",
      ],
    },
    {
      of: "CREATE TABLE t (a INT REFERENCES s (b) NOT NULL, UNIQUE (a));",
      mutants: [
        "CREATE TABLE t (a INT NOT NULL, UNIQUE (a));",
        "CREATE TABLE t (a INT REFERENCES s (b) NOT NULL);",
      ],
    },
    { of: "CREATE UNIQUE INDEX i ON t (a);", mutants: ["CREATE INDEX i ON t (a);"] },
  ],
  leaves: ["ALTER TABLE t DROP CONSTRAINT c, ADD a INT NOT NULL DEFAULT 0", "CREATE TABLE t (a INT)"],
};
