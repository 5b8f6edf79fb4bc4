/** Exchanges the first two neighbouring digits of a number that differ, as in a typing error. */
import { type Operator, replaced } from "../operator.ts";
import { findNumbers } from "../sites.ts";

export const constantDigits: Operator = {
  family: "expression",
  sentence: "Two digits of a number are exchanged",
  *mutate(subject) {
    for (const token of findNumbers(subject)) {
      const other = token.text.replace(/(\d)(?!\1)(\d)/, "$2$1");
      if (Number(other) !== Number(token.text)) yield replaced(token, other);
    }
  },
  examples: {
    "SELECT a + 1500, f(112);": ["SELECT a + 5100, f(112);", "SELECT a + 1500, f(121);"],
    "SELECT 7, 33, '12'": [],
  },
};
