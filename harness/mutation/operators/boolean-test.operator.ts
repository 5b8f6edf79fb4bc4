/**
 * IS TRUE, IS NOT TRUE and their kind tell NULL from the other two; negated, and left out.
 */
import { type Examples, operator, removed, replaced } from "../operator.ts";
import { nodesIn, tokenOf, withSpaceBefore } from "../sites.ts";

export const booleanTest = operator(
  "boolean-test",
  "expression",
  "A test for true or false is negated or left out",
  function* (subject) {
    for (const site of nodesIn(subject, "BooleanTest")) {
      const { tokens } = site.fragment;
      const token = tokenOf(site);
      const at = token === undefined ? -1 : site.fragment.tokenAt(token.start);
      const not = tokens[at + 1]?.word === "NOT";
      const last = tokens[at + (not ? 2 : 1)];
      if (token === undefined || last === undefined) continue;
      const span = { start: token.start, end: last.end };
      yield replaced(span, not ? `IS ${last.text}` : `IS NOT ${last.text}`);
      yield removed(withSpaceBefore(site.fragment, span));
    }
  },
);

export const examples: Examples = {
  makes: [
    { of: "SELECT a IS NOT TRUE;", mutants: ["SELECT a;", "SELECT a IS TRUE;"] },
    { of: "SELECT a IS FALSE;", mutants: ["SELECT a;", "SELECT a IS NOT FALSE;"] },
  ],
  leaves: ["SELECT a IS NULL, NOT b"],
};
