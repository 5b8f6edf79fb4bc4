/** Reverses or negates a comparison, including IN, BETWEEN and LIKE. */
import { type Operator, removed, replaced } from "../operator.ts";
import { findNodes, findToken, operatorName } from "../sites.ts";

const opposite: Readonly<Record<string, string>> = {
  "<": ">",
  "<=": ">=",
  ">": "<",
  ">=": "<=",
  "=": "<>",
  "<>": "=",
};

const membership = ["AEXPR_IN", "AEXPR_BETWEEN", "AEXPR_NOT_BETWEEN", "AEXPR_LIKE", "AEXPR_ILIKE"];

export const comparisonReversed: Operator = {
  family: "expression",
  sentence: "A comparison is reversed",
  *mutate(subject) {
    for (const site of findNodes(subject, "A_Expr")) {
      const { node, fragment } = site;
      const token = findToken(site);
      const other = opposite[operatorName(node) ?? ""];
      if (token === undefined) continue;
      if (other !== undefined) yield replaced(token, other);
      if (!membership.includes(String(node.fields["kind"]))) continue;
      const next = fragment.tokens[fragment.tokenAt(token.start) + 1];
      if (token.word === "NOT" && next !== undefined) yield removed({ start: token.start, end: next.start });
      else yield replaced(token, `NOT ${token.text}`);
    }
  },
  examples: {
    makes: {
      "SELECT a <= 1, b = 2;": ["SELECT a >= 1, b = 2;", "SELECT a <= 1, b <> 2;"],
      "SELECT a NOT IN (1), b BETWEEN 1 AND 2;": [
        "SELECT a IN (1), b BETWEEN 1 AND 2;",
        "SELECT a NOT IN (1), b NOT BETWEEN 1 AND 2;",
      ],
    },
    leaves: ["UPDATE t SET a = 1", "SELECT a || '='"],
  },
};
