/**
 * A join that meets every row.
 */

import { childrenIn } from "../../release/syntax.ts";
import { type Examples, operator, replaced } from "../operator.ts";
import { nodesIn } from "../sites.ts";

export const joinCondition = operator(
  "join-condition",
  "statement",
  "A join meets every row",
  function* (subject) {
    for (const { node, fragment } of nodesIn(subject, "JoinExpr")) {
      for (const condition of childrenIn(node, "quals")) {
        const span = fragment.span(condition);
        if (span !== undefined) yield replaced(span, "TRUE");
      }
    }
  },
);

export const examples: Examples = {
  makes: [{ of: "SELECT FROM a JOIN b ON a.x = b.x AND c;", mutants: ["SELECT FROM a JOIN b ON TRUE;"] }],
  leaves: ["SELECT FROM a CROSS JOIN b", "SELECT FROM a JOIN b USING (x)"],
};
