/** Replaces the condition of a join with TRUE. */
import { type Operator, replaced } from "../operator.ts";
import { childSites, findNodes } from "../sites.ts";

export const joinCondition: Operator = {
  family: "statement",
  sentence: "A join matches every row",
  *mutate(subject) {
    for (const site of findNodes(subject, "JoinExpr")) {
      for (const { node, fragment } of childSites(site, "quals")) {
        const span = fragment.span(node);
        if (span !== undefined) yield replaced(span, "TRUE");
      }
    }
  },
  examples: {
    "SELECT FROM a JOIN b ON a.x = b.x AND c;": ["SELECT FROM a JOIN b ON TRUE;"],
    "SELECT FROM a CROSS JOIN b": [],
    "SELECT FROM a JOIN b USING (x)": [],
  },
};
