/**
 * A constraint that is never held against the rows that are there, or that is at once, with everyone waiting.
 */
import { alterCommands } from "../ddl.ts";
import { type Examples, operator, removed, withoutItem } from "../operator.ts";
import { withSpaceBefore } from "../sites.ts";
import { wordsIn } from "../tokens.ts";

export const validation = operator(
  "validation",
  "ddl",
  "A constraint is not validated when it ought to be",
  function* (subject) {
    const notValid = wordsIn(subject.whole.tokens, "NOT", "VALID");
    for (const { node, span, items, at } of alterCommands(subject)) {
      const change = node.fields["subtype"] === "AT_ValidateConstraint" ? withoutItem(items, at) : undefined;
      if (change !== undefined) yield change;
      const skips = node.children.some(({ fields }) => fields["skip_validation"] === true);
      const words = skips
        ? notValid.findLast(({ start, end }) => start > span.start && end <= span.end)
        : undefined;
      if (words !== undefined) yield removed(withSpaceBefore(subject, words));
    }
  },
);

export const examples: Examples = {
  makes: [
    {
      of: "ALTER TABLE t VALIDATE CONSTRAINT a, VALIDATE CONSTRAINT b;",
      mutants: ["ALTER TABLE t VALIDATE CONSTRAINT b;", "ALTER TABLE t VALIDATE CONSTRAINT a;"],
    },
    { of: "ALTER TABLE t ADD CHECK (a > 0) NOT VALID;", mutants: ["ALTER TABLE t ADD CHECK (a > 0);"] },
  ],
  leaves: ["ALTER TABLE t ADD CHECK (NOT valid)", "SELECT 'NOT VALID'"],
};
