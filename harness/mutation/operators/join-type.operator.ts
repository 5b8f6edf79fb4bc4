/** Exchanges inner and outer joins. */
import { type Operator, removed, replaced } from "../operator.ts";

const outer = ["LEFT", "RIGHT", "FULL"];
const plainBefore = ["LEFT", "RIGHT", "FULL", "OUTER", "CROSS", "NATURAL"];

export const joinType: Operator = {
  family: "statement",
  sentence: "A join keeps other rows",
  *mutate({ fragments }) {
    for (const { tokens } of fragments) {
      for (const [at, token] of tokens.entries()) {
        const before = tokens[at - 1];
        const first = before?.word === "OUTER" ? tokens[at - 2] : before;
        if (token.word !== "JOIN" || before === undefined) continue;
        if (first !== undefined && outer.includes(first.word)) yield removed({ start: first.start, end: token.start });
        else if (before.word === "INNER") yield replaced(before, "LEFT");
        else if (!plainBefore.includes(before.word)) yield replaced(token, `LEFT ${token.text}`);
      }
    }
  },
  examples: {
    "SELECT FROM a LEFT JOIN b ON TRUE;": ["SELECT FROM a JOIN b ON TRUE;"],
    "SELECT FROM a JOIN b USING (x);": ["SELECT FROM a LEFT JOIN b USING (x);"],
    "SELECT left(a, 1) FROM a CROSS JOIN b": [],
  },
};
