/**
 * Two neighbours of a file in the wrong order. Of two that only read, or two of a kind that know nothing of each other,
 * nobody notices the order.
 */
import { type Examples, operator, swapped } from "../operator.ts";
import { nextOf, onlyReads } from "../whole-statement.ts";

const unordered = ["DropStmt", "GrantStmt", "CreateFunctionStmt", "VariableSetStmt"];

export const statementsExchanged = operator(
  "statements-exchanged",
  "script",
  "Two statements of a file are in the wrong order",
  function* (subject) {
    const next = nextOf(subject);
    const { node, source } = subject;
    if (next === undefined || onlyReads(node) || onlyReads(next.node)) return;
    if (node === next.node && unordered.includes(node)) return;
    yield swapped(source, subject, next);
  },
);

export const examples: Examples = {
  makes: [
    { of: "DELETE FROM t; -- first\nDROP TABLE s;", mutants: ["DROP TABLE s; -- first\nDELETE FROM t;"] },
  ],
  leaves: ["SELECT 1; DELETE FROM t", "DROP TABLE s; DROP TABLE t"],
};
