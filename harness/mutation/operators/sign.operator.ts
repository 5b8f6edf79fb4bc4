/** Removes a minus sign. */
import { type Operator, removedUpTo } from "../operator.ts";
import { findTokens, operatorName } from "../sites.ts";

export const sign: Operator = {
  family: "expression",
  sentence: "A sign is missing",
  *mutate(subject) {
    for (const { node, fragment, token, at } of findTokens(subject, "A_Expr", "A_Const")) {
      const unary = node.kind === "A_Const" || (operatorName(node) === "-" && !("lexpr" in node.fields));
      if (unary && token.text === "-") yield* removedUpTo(token, fragment.tokens[at + 1]);
    }
  },
  examples: {
    "SELECT -a, b - - 3;": ["SELECT a, b - - 3;", "SELECT -a, b - 3;"],
    "SELECT a - 1, '-1'": [],
  },
};
