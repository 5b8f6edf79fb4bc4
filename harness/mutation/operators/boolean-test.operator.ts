/** Negates or removes IS TRUE, IS NOT FALSE and the like, which distinguish NULL from both. */
import { type Operator, removedWithSpace, replaced } from "../operator.ts";
import { findNodes, findToken } from "../sites.ts";

export const booleanTest: Operator = {
  family: "expression",
  sentence: "A Boolean test is negated or missing",
  *mutate(subject) {
    for (const site of findNodes(subject, "BooleanTest")) {
      const { tokens } = site.fragment;
      const token = findToken(site);
      const at = token === undefined ? -1 : site.fragment.tokenAt(token.start);
      const not = tokens[at + 1]?.word === "NOT";
      const last = tokens[at + (not ? 2 : 1)];
      if (token === undefined || last === undefined) continue;
      const span = { start: token.start, end: last.end };
      yield replaced(span, not ? `IS ${last.text}` : `IS NOT ${last.text}`);
      yield removedWithSpace(site.fragment, span);
    }
  },
  examples: {
    makes: {
      "SELECT a IS NOT TRUE;": ["SELECT a;", "SELECT a IS TRUE;"],
      "SELECT a IS FALSE;": ["SELECT a;", "SELECT a IS NOT FALSE;"],
    },
    leaves: ["SELECT a IS NULL, NOT b"],
  },
};
