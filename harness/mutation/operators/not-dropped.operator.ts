/** Removes a NOT. */
import { type Operator, removed } from "../operator.ts";
import { findNodes, findToken } from "../sites.ts";

export const notDropped: Operator = {
  family: "expression",
  sentence: "A NOT is missing",
  *mutate(subject) {
    for (const site of findNodes(subject, "BoolExpr")) {
      const token = findToken(site);
      const next = token && site.fragment.tokens[site.fragment.tokenAt(token.start) + 1];
      if (token?.word === "NOT" && next !== undefined) yield removed({ start: token.start, end: next.start });
    }
  },
  examples: {
    makes: { "SELECT NOT a AND NOT (b);": ["SELECT a AND NOT (b);", "SELECT NOT a AND (b);"] },
    leaves: ["SELECT a NOT IN (1), b IS NOT NULL"],
  },
};
