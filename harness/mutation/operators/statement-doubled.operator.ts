/**
 * A statement that is there twice. What reads, or does the same when it is run again by its own words, is left alone.
 */
import { added, type Examples, operator } from "../operator.ts";
import { onlyReads } from "../whole-statement.ts";

const harmless = ["TransactionStmt", "VariableSetStmt", "GrantStmt", "CreateFunctionStmt", "CommentStmt"];

export const statementDoubled = operator(
  "statement-doubled",
  "script",
  "A statement of a file is there twice",
  function* ({ node, source, start, end, whole }) {
    const tolerant =
      whole.nodes[0]?.fields["missing_ok"] === true || whole.nodes[0]?.fields["if_not_exists"] === true;
    if (!onlyReads(node) && !harmless.includes(node) && !tolerant) {
      yield added(end, `;\n${source.slice(start, end)}`);
    }
  },
);

export const examples: Examples = {
  makes: [{ of: "DELETE FROM t; SELECT 1;", mutants: ["DELETE FROM t;\nDELETE FROM t; SELECT 1;"] }],
  leaves: ["SELECT 1; SET a.b = 1; BEGIN; DROP TABLE IF EXISTS t"],
};
