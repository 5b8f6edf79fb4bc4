/**
 * Rows that are there twice: kept or lost.
 */
import { type Examples, operator, removed, replaced } from "../operator.ts";

export const setQuantifier = operator(
  "set-quantifier",
  "statement",
  "Equal rows are kept or lost",
  function* ({ fragments }) {
    for (const { tokens } of fragments) {
      for (const [at, token] of tokens.entries()) {
        const [before, next] = [tokens[at - 1], tokens[at + 1]];
        if (next === undefined) continue;
        const counts = token.word === "DISTINCT" && (before?.word === "SELECT" || before?.text === "(");
        if (counts && next.word !== "ON") yield removed({ start: token.start, end: next.start });
        if (token.word !== "UNION") continue;
        if (next.word === "ALL") yield replaced({ start: token.start, end: next.end }, token.text);
        else yield replaced(token, `${token.text} ALL`);
      }
    }
  },
);

export const examples: Examples = {
  makes: [
    { of: "SELECT DISTINCT a FROM t;", mutants: ["SELECT a FROM t;"] },
    {
      of: "SELECT 1 UNION ALL SELECT 2 UNION SELECT 3;",
      mutants: ["SELECT 1 UNION SELECT 2 UNION SELECT 3;", "SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3;"],
    },
  ],
  leaves: ["SELECT a IS DISTINCT FROM b FROM t"],
};
