/** Removes a CHECK, UNIQUE, primary or foreign key, or the UNIQUE of an index. */
import { alterCommands, columnConstraints, tableElements } from "../ddl.ts";
import { type Operator, removedEach, withoutItem } from "../operator.ts";
import { findWords } from "../tokens.ts";

const kinds = ["CONSTR_CHECK", "CONSTR_UNIQUE", "CONSTR_PRIMARY", "CONSTR_FOREIGN", "CONSTR_EXCLUSION"];

export const constraintRemoved: Operator = {
  family: "ddl",
  sentence: "A constraint is missing",
  *mutate(subject) {
    for (const { node, items, at } of [...alterCommands(subject), ...tableElements(subject)]) {
      const adds = node.kind === "Constraint" || node.fields["subtype"] === "AT_AddConstraint";
      if (adds) yield* withoutItem(items, at);
    }
    yield* removedEach(subject, columnConstraints(subject, ...kinds));
    if (subject.node === "IndexStmt") yield* removedEach(subject, findWords(subject.whole.tokens, "UNIQUE"));
  },
  examples: {
    "ALTER TABLE s.t ADD COLUMN a INT UNIQUE DEFAULT 0, ADD CONSTRAINT c CHECK (f(a, 1)) NOT VALID;": [
      "ALTER TABLE s.t ADD COLUMN a INT DEFAULT 0, ADD CONSTRAINT c CHECK (f(a, 1)) NOT VALID;",
      "ALTER TABLE s.t ADD COLUMN a INT UNIQUE DEFAULT 0;",
    ],
    "CREATE TABLE t (a INT REFERENCES s (b) NOT NULL, UNIQUE (a));": [
      "CREATE TABLE t (a INT NOT NULL, UNIQUE (a));",
      "CREATE TABLE t (a INT REFERENCES s (b) NOT NULL);",
    ],
    "CREATE UNIQUE INDEX i ON t (a);": ["CREATE INDEX i ON t (a);"],
    "ALTER TABLE t DROP CONSTRAINT c, ADD a INT NOT NULL DEFAULT 0": [],
    "CREATE TABLE t (a INT)": [],
  },
};
