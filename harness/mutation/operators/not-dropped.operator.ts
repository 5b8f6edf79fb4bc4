/**
 * A NOT that is forgotten.
 */
import { type Examples, operator, removed } from "../operator.ts";
import { nodesIn, tokenOf } from "../sites.ts";

export const notDropped = operator("not-dropped", "expression", "A NOT is forgotten", function* (subject) {
  for (const site of nodesIn(subject, "BoolExpr")) {
    const token = tokenOf(site);
    const next = token && site.fragment.tokens[site.fragment.tokenAt(token.start) + 1];
    if (token?.word === "NOT" && next !== undefined) yield removed({ start: token.start, end: next.start });
  }
});

export const examples: Examples = {
  makes: [{ of: "SELECT NOT a AND NOT (b);", mutants: ["SELECT a AND NOT (b);", "SELECT NOT a AND (b);"] }],
  leaves: ["SELECT a NOT IN (1), b IS NOT NULL"],
};
