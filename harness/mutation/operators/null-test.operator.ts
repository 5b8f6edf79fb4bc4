/** Exchanges IS NULL and IS NOT NULL. */
import { type Operator, replaced } from "../operator.ts";
import { findNodes, findToken } from "../sites.ts";

export const nullTest: Operator = {
  family: "expression",
  sentence: "A test for NULL is negated",
  *mutate(subject) {
    for (const site of findNodes(subject, "NullTest")) {
      const { tokens } = site.fragment;
      const token = findToken(site);
      const at = token === undefined ? -1 : site.fragment.tokenAt(token.start);
      const not = tokens[at + 1]?.word === "NOT";
      const last = tokens[at + (not ? 2 : 1)];
      if (token?.word === "IS" && last?.word === "NULL") {
        yield replaced({ start: token.start, end: last.end }, not ? "IS NULL" : "IS NOT NULL");
      }
    }
  },
  examples: {
    makes: {
      "SELECT a IS NULL AND b IS NOT NULL;": [
        "SELECT a IS NOT NULL AND b IS NOT NULL;",
        "SELECT a IS NULL AND b IS NULL;",
      ],
    },
    leaves: ["SELECT NULL, COALESCE(a, 'IS NULL')"],
  },
};
