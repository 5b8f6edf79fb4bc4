/** Removes all statements of a file; its comments stay. */

import type { Operator } from "../operator.ts";
import { changed } from "../operator.ts";
import { withSemicolon } from "../subject.ts";

export const fileLeftOut: Operator = {
  family: "script",
  sentence: "A file is not run",
  *mutate(subject) {
    const { siblings, index, step } = subject;
    const statements = siblings.filter(({ tree }) => tree !== undefined);
    const edits = statements.map((sibling) => ({ ...withSemicolon(subject, sibling), text: "" }));
    if (siblings[index] === statements[0]) {
      yield { ...changed(...edits), description: `no statement of ${step.path} is left` };
    }
  },
  examples: {
    "-- a file\nSELECT 1;\n\\d t\nSELECT 2;": ["-- a file\n\n\\d t\n"],
    "-- nothing": [],
  },
};
