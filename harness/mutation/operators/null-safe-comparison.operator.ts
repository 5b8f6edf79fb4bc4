/**
 * IS DISTINCT FROM takes NULL for a value; the plain comparison does not.
 */
import { type Examples, operator, replaced } from "../operator.ts";
import { nodesIn, tokenOf } from "../sites.ts";

const plain: Readonly<Record<string, { readonly words: number; readonly text: string }>> = {
  AEXPR_DISTINCT: { words: 3, text: "<>" },
  AEXPR_NOT_DISTINCT: { words: 4, text: "=" },
};

export const nullSafeComparison = operator(
  "null-safe-comparison",
  "expression",
  "A comparison that knows NULL becomes one that does not",
  function* (subject) {
    for (const { node, fragment } of nodesIn(subject, "A_Expr")) {
      const [token, other] = [tokenOf({ node, fragment }), plain[String(node.fields["kind"])]];
      if (token === undefined || other === undefined) continue;
      const last = fragment.tokens[fragment.tokenAt(token.start) + other.words - 1];
      if (last?.word === "FROM") yield replaced({ start: token.start, end: last.end }, other.text);
    }
  },
);

export const examples: Examples = {
  makes: [
    {
      of: "SELECT a IS DISTINCT FROM 1, b IS NOT DISTINCT FROM 2;",
      mutants: ["SELECT a <> 1, b IS NOT DISTINCT FROM 2;", "SELECT a IS DISTINCT FROM 1, b = 2;"],
    },
  ],
  leaves: ["SELECT a <> 1, b IS NULL"],
};
