/** Exchanges TRUE and FALSE. */
import { type Operator, replaced } from "../operator.ts";
import { findConstants } from "../sites.ts";

export const booleanConstant: Operator = {
  family: "expression",
  sentence: "A Boolean constant is inverted",
  *mutate(subject) {
    for (const { token } of findConstants(subject)) {
      if (token.word === "TRUE") yield replaced(token, "FALSE");
      if (token.word === "FALSE") yield replaced(token, "TRUE");
    }
  },
  examples: {
    "SELECT TRUE AND false;": ["SELECT FALSE AND false;", "SELECT TRUE AND TRUE;"],
    "SELECT 'true', a IS TRUE": [],
  },
};
