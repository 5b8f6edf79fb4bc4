/**
 * OR for AND, and the other way round.
 */

import { connectivesOf } from "../logic.ts";
import { type Examples, operator, replaced } from "../operator.ts";
import { nodesIn } from "../sites.ts";

export const logicConnective = operator(
  "logic-connective",
  "expression",
  "Conditions are joined the other way",
  function* (subject) {
    for (const site of nodesIn(subject, "BoolExpr")) {
      for (const token of connectivesOf(site)) yield replaced(token, token.word === "AND" ? "OR" : "AND");
    }
  },
);

export const examples: Examples = {
  makes: [
    {
      of: "SELECT a AND (b OR c BETWEEN 1 AND 2);",
      mutants: ["SELECT a OR (b OR c BETWEEN 1 AND 2);", "SELECT a AND (b AND c BETWEEN 1 AND 2);"],
    },
    { of: "SELECT a AND b AND c;", mutants: ["SELECT a OR b AND c;", "SELECT a AND b OR c;"] },
  ],
  leaves: ["SELECT c BETWEEN 1 AND 2, 'a AND b'"],
};
