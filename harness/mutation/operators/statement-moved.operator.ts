/** Moves a statement to the end of its file, unless its position has no effect. */
import { excerpt } from "../mutant.ts";
import { changed, type Operator } from "../operator.ts";
import { lastStatement, onlyReads, withSemicolon } from "../subject.ts";

export const statementMoved: Operator = {
  family: "script",
  sentence: "A statement of a file is last",
  *mutate(subject) {
    const last = lastStatement(subject);
    const isUnordered =
      onlyReads(subject.node) || ["TransactionStmt", "VariableSetStmt", "GrantStmt"].includes(subject.node);
    if (last === undefined || last.start <= subject.start || isUnordered) return;
    const text = subject.source.slice(subject.start, subject.end);
    const { edits } = changed(
      { ...withSemicolon(subject), text: "" },
      { start: last.end, end: last.end, text: `;\n${text}` },
    );
    yield { edits, description: `${excerpt(text)} follows ${excerpt(subject.source.slice(last.start, last.end))}` };
  },
  examples: {
    "BEGIN; DROP TABLE t; DROP TABLE s; COMMIT;": [
      "BEGIN;  DROP TABLE s; COMMIT;\nDROP TABLE t;",
      "BEGIN; DROP TABLE t;  COMMIT;\nDROP TABLE s;",
    ],
    "SELECT 1; SET a.b = 1; DROP TABLE t": [],
  },
};
