/**
 * TRUE for FALSE, and the other way round.
 */
import { type Examples, operator, replaced } from "../operator.ts";
import { constantsIn, tokenOf } from "../sites.ts";

export const booleanConstant = operator(
  "boolean-constant",
  "expression",
  "True is false",
  function* (subject) {
    for (const site of constantsIn(subject)) {
      const token = tokenOf(site);
      if (token?.word === "TRUE") yield replaced(token, "FALSE");
      if (token?.word === "FALSE") yield replaced(token, "TRUE");
    }
  },
);

export const examples: Examples = {
  makes: [{ of: "SELECT TRUE AND false;", mutants: ["SELECT FALSE AND false;", "SELECT TRUE AND TRUE;"] }],
  leaves: ["SELECT 'true', a IS TRUE"],
};
