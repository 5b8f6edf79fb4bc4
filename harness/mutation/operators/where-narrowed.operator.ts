/** Replaces a WHERE condition with FALSE. */
import { type Operator, replaced } from "../operator.ts";
import { findClauses } from "../sites.ts";

export const whereNarrowed: Operator = {
  family: "statement",
  sentence: "A query finds no row",
  *mutate(subject) {
    for (const { fragment, content } of findClauses(subject, "WHERE")) {
      if (fragment.nodes[0]?.kind !== "IndexStmt") yield replaced(content, "FALSE");
    }
  },
  examples: {
    makes: { "DELETE FROM t WHERE b = 2 AND c;": ["DELETE FROM t WHERE FALSE;"] },
    leaves: ["SELECT a FROM t", "CREATE INDEX i ON t (a) WHERE b"],
  },
};
