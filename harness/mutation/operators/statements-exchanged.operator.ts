/** Exchanges two neighbouring statements of a file, unless their order has no effect. */
import { type Operator, swapped } from "../operator.ts";
import { nextStatement, onlyReads } from "../subject.ts";

const unordered = ["DropStmt", "GrantStmt", "CreateFunctionStmt", "VariableSetStmt"];

export const statementsExchanged: Operator = {
  family: "script",
  sentence: "Two statements of a file are in the wrong order",
  *mutate(subject) {
    const next = nextStatement(subject);
    const { node } = subject;
    if (next === undefined || onlyReads(node) || onlyReads(next.node)) return;
    if (node === next.node && unordered.includes(node)) return;
    yield swapped(subject, subject, next);
  },
  examples: {
    "DELETE FROM t; -- first\nDROP TABLE s;": ["DROP TABLE s; -- first\nDELETE FROM t;"],
    "SELECT 1; DELETE FROM t": [],
    "DROP TABLE s; DROP TABLE t": [],
  },
};
