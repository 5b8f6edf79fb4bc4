/** Removes VALIDATE CONSTRAINT, or validates at once by removing NOT VALID. */
import { alterCommands } from "../ddl.ts";
import { type Operator, removedWithSpace, withoutItem } from "../operator.ts";
import { findWords } from "../tokens.ts";

export const validation: Operator = {
  family: "ddl",
  sentence: "A constraint is validated at the wrong time",
  *mutate(subject) {
    const notValid = findWords(subject.whole.tokens, "NOT", "VALID");
    for (const { node, span, items, at } of alterCommands(subject)) {
      if (node.fields["subtype"] === "AT_ValidateConstraint") yield* withoutItem(items, at);
      const skips = node.children.some(({ fields }) => fields["skip_validation"] === true);
      const words = skips ? notValid.findLast(({ start, end }) => start > span.start && end <= span.end) : undefined;
      if (words !== undefined) yield removedWithSpace(subject, words);
    }
  },
  examples: {
    "ALTER TABLE t VALIDATE CONSTRAINT a, VALIDATE CONSTRAINT b;": [
      "ALTER TABLE t VALIDATE CONSTRAINT b;",
      "ALTER TABLE t VALIDATE CONSTRAINT a;",
    ],
    "ALTER TABLE t ADD CHECK (a > 0) NOT VALID;": ["ALTER TABLE t ADD CHECK (a > 0);"],
    "ALTER TABLE t ADD CHECK (NOT valid)": [],
    "SELECT 'NOT VALID'": [],
  },
};
