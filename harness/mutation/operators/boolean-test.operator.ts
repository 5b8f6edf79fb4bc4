/** Negates or removes IS TRUE, IS NOT FALSE and the like, which distinguish NULL from both. */
import { type Operator, removedWithSpace, replaced } from "../operator.ts";
import { findTokens } from "../sites.ts";

export const booleanTest: Operator = {
  family: "expression",
  sentence: "A Boolean test is negated or missing",
  *mutate(subject) {
    for (const { fragment, token, at } of findTokens(subject, "BooleanTest")) {
      const not = fragment.tokens[at + 1]?.word === "NOT";
      const last = fragment.tokens[at + (not ? 2 : 1)];
      if (last === undefined) continue;
      const span = { start: token.start, end: last.end };
      yield replaced(span, not ? `IS ${last.text}` : `IS NOT ${last.text}`);
      yield removedWithSpace(subject, span);
    }
  },
  examples: {
    "SELECT a IS NOT TRUE;": ["SELECT a;", "SELECT a IS TRUE;"],
    "SELECT a IS FALSE;": ["SELECT a;", "SELECT a IS NOT FALSE;"],
    "SELECT a IS NULL, NOT b": [],
  },
};
