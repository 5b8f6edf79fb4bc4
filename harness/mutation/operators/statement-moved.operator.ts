/**
 * A statement that comes last. What only reads, says how others are run, or gives and takes rights, which can be done at
 * any time, is left alone.
 */
import { shortened } from "../mutant.ts";
import { changed, type Examples, operator } from "../operator.ts";
import { lastOf, onlyReads, withSemicolon } from "../whole-statement.ts";

export const statementMoved = operator(
  "statement-moved",
  "script",
  "A statement of a file comes last",
  function* (subject) {
    const last = lastOf(subject);
    const still =
      onlyReads(subject.node) || ["TransactionStmt", "VariableSetStmt", "GrantStmt"].includes(subject.node);
    if (last === undefined || last.start <= subject.start || still) return;
    const text = subject.source.slice(subject.start, subject.end);
    const { edits } = changed(
      { ...withSemicolon(subject, subject), text: "" },
      { start: last.end, end: last.end, text: `;\n${text}` },
    );
    yield {
      edits,
      says: `${shortened(text)} stands behind ${shortened(subject.source.slice(last.start, last.end))}`,
    };
  },
);

export const examples: Examples = {
  makes: [
    {
      of: "BEGIN; DROP TABLE t; DROP TABLE s; COMMIT;",
      mutants: [
        "BEGIN;  DROP TABLE s; COMMIT;\nDROP TABLE t;",
        "BEGIN; DROP TABLE t;  COMMIT;\nDROP TABLE s;",
      ],
    },
  ],
  leaves: ["SELECT 1; SET a.b = 1; DROP TABLE t"],
};
