/**
 * A file that is not run at all.
 */
import { type Examples, operator, removed } from "../operator.ts";

export const fileLeftOut = operator("file-left-out", "script", "A file is not run", function* (subject) {
  const first = subject.siblings.findIndex(({ tree }) => tree !== undefined);
  const span = { start: 0, end: subject.source.length };
  if (subject.index === first) yield { ...removed(span), says: `nothing of ${subject.step.path} is left` };
});

export const examples: Examples = {
  makes: [{ of: "-- a file\nSELECT 1;\nSELECT 2;", mutants: [""] }],
  leaves: ["-- nothing"],
};
