/** Removes DISTINCT, and exchanges UNION and UNION ALL. */
import { type Operator, removedUpTo, replaced } from "../operator.ts";

export const setQuantifier: Operator = {
  family: "statement",
  sentence: "Duplicate rows are kept or lost",
  *mutate({ fragments }) {
    for (const { tokens } of fragments) {
      for (const [at, token] of tokens.entries()) {
        const [before, next] = [tokens[at - 1], tokens[at + 1]];
        if (next === undefined) continue;
        const counts = token.word === "DISTINCT" && (before?.word === "SELECT" || before?.text === "(");
        if (counts && next.word !== "ON") yield* removedUpTo(token, next);
        if (token.word !== "UNION") continue;
        if (next.word === "ALL") yield replaced({ start: token.start, end: next.end }, token.text);
        else yield replaced(token, `${token.text} ALL`);
      }
    }
  },
  examples: {
    "SELECT DISTINCT a FROM t;": ["SELECT a FROM t;"],
    "SELECT 1 UNION ALL SELECT 2 UNION SELECT 3;": [
      "SELECT 1 UNION SELECT 2 UNION SELECT 3;",
      "SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3;",
    ],
    "SELECT a IS DISTINCT FROM b FROM t": [],
  },
};
