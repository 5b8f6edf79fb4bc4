/** Repeats a statement, unless it only reads or tolerates repetition. */
import { added, type Operator } from "../operator.ts";
import { onlyReads } from "../subject.ts";

const harmless = ["TransactionStmt", "VariableSetStmt", "GrantStmt", "CreateFunctionStmt", "CommentStmt"];

export const statementDoubled: Operator = {
  family: "script",
  sentence: "A statement of a file is repeated",
  *mutate({ node, source, start, end, whole }) {
    const tolerant = whole.nodes[0]?.fields["missing_ok"] === true || whole.nodes[0]?.fields["if_not_exists"] === true;
    if (!onlyReads(node) && !harmless.includes(node) && !tolerant) {
      yield added(end, `;\n${source.slice(start, end)}`);
    }
  },
  examples: {
    "DELETE FROM t; SELECT 1;": ["DELETE FROM t;\nDELETE FROM t; SELECT 1;"],
    "SELECT 1; SET a.b = 1; BEGIN; DROP TABLE IF EXISTS t": [],
  },
};
