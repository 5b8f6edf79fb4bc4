/** Replaces a WHERE condition with FALSE. */
import { findClauses } from "../clauses.ts";
import { type Operator, replaced } from "../operator.ts";

export const whereNarrowed: Operator = {
  family: "statement",
  sentence: "A query finds no row",
  mutate: (subject) =>
    findClauses(subject, "WHERE")
      .filter(({ fragment }) => fragment.nodes[0]?.kind !== "IndexStmt")
      .map(({ content }) => replaced(content, "FALSE")),
  examples: {
    "DELETE FROM t WHERE b = 2 AND c;": ["DELETE FROM t WHERE FALSE;"],
    "SELECT a FROM t": [],
    "CREATE INDEX i ON t (a) WHERE b": [],
  },
};
