/**
 * A command that is forgotten among those of an ALTER TABLE. Constraints have operators of their own.
 */
import { alterCommands } from "../ddl.ts";
import { type Examples, operator, withoutItem } from "../operator.ts";

const others = ["AT_AddConstraint", "AT_ValidateConstraint"];

export const alterCommandRemoved = operator(
  "alter-command-removed",
  "ddl",
  "A command of an ALTER TABLE is forgotten",
  function* (subject) {
    for (const { node, items, at } of alterCommands(subject)) {
      const change = others.includes(String(node.fields["subtype"])) ? undefined : withoutItem(items, at);
      if (change !== undefined) yield change;
    }
  },
);

export const examples: Examples = {
  makes: [
    {
      of: "ALTER TABLE s.t ADD a NUMERIC(1, 2), DROP COLUMN b;",
      mutants: ["ALTER TABLE s.t DROP COLUMN b;", "ALTER TABLE s.t ADD a NUMERIC(1, 2);"],
    },
  ],
  leaves: ["ALTER TABLE t DROP COLUMN b", "ALTER TABLE t VALIDATE CONSTRAINT a, VALIDATE CONSTRAINT b"],
};
