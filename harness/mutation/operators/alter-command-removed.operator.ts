/** Removes a command of an ALTER TABLE. Constraints have operators of their own. */
import { alterCommands } from "../ddl.ts";
import { type Operator, withoutItem } from "../operator.ts";

const others = ["AT_AddConstraint", "AT_ValidateConstraint"];

export const alterCommandRemoved: Operator = {
  family: "ddl",
  sentence: "A command of an ALTER TABLE is missing",
  mutate: (subject) =>
    alterCommands(subject)
      .filter(({ node }) => !others.includes(String(node.fields["subtype"])))
      .flatMap(({ items, at }) => withoutItem(items, at)),
  examples: {
    "ALTER TABLE s.t ADD a NUMERIC(1, 2), DROP COLUMN b;": [
      "ALTER TABLE s.t DROP COLUMN b;",
      "ALTER TABLE s.t ADD a NUMERIC(1, 2);",
    ],
    "ALTER TABLE t DROP COLUMN b": [],
    "ALTER TABLE t VALIDATE CONSTRAINT a, VALIDATE CONSTRAINT b": [],
  },
};
