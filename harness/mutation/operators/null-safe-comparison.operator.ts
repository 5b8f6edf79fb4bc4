/** Replaces IS DISTINCT FROM, which treats NULL as a value, with the plain comparison, which does not. */
import { type Operator, replaced } from "../operator.ts";
import { findTokens } from "../sites.ts";

const plain: Readonly<Record<string, { readonly words: number; readonly text: string }>> = {
  AEXPR_DISTINCT: { words: 3, text: "<>" },
  AEXPR_NOT_DISTINCT: { words: 4, text: "=" },
};

export const nullSafeComparison: Operator = {
  family: "expression",
  sentence: "A NULL-safe comparison becomes a plain one",
  *mutate(subject) {
    for (const { node, fragment, token, at } of findTokens(subject, "A_Expr")) {
      const other = plain[String(node.fields["kind"])];
      const last = other && fragment.tokens[at + other.words - 1];
      if (last?.word === "FROM") yield replaced({ start: token.start, end: last.end }, other?.text ?? "");
    }
  },
  examples: {
    "SELECT a IS DISTINCT FROM 1, b IS NOT DISTINCT FROM 2;": [
      "SELECT a <> 1, b IS NOT DISTINCT FROM 2;",
      "SELECT a IS DISTINCT FROM 1, b = 2;",
    ],
    "SELECT a <> 1, b IS NULL": [],
  },
};
