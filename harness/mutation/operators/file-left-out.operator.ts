/**
 * A file that is not run at all: nothing but its comments is left.
 */
import { changed, type Examples, operator } from "../operator.ts";
import { withSemicolon } from "../whole-statement.ts";

export const fileLeftOut = operator("file-left-out", "script", "A file is not run", function* (subject) {
  const { siblings, index, step } = subject;
  const statements = siblings.filter(({ tree }) => tree !== undefined);
  const edits = statements.map((sibling) => ({ ...withSemicolon(subject, sibling), text: "" }));
  if (siblings[index] === statements[0]) {
    yield { ...changed(...edits), says: `no statement of ${step.path} is left` };
  }
});

export const examples: Examples = {
  makes: [{ of: "-- a file\nSELECT 1;\n\\d t\nSELECT 2;", mutants: ["-- a file\n\n\\d t\n"] }],
  leaves: ["-- nothing"],
};
