/** Removes a column of an index, or exchanges two. */
import { indexColumns } from "../ddl.ts";
import { type Operator, swappedNeighbours, withoutItem } from "../operator.ts";

export const indexColumnsChanged: Operator = {
  family: "ddl",
  sentence: "An index has other columns",
  mutate(subject) {
    const columns = indexColumns(subject);
    const spans = columns.map(({ span }) => span);

    return [...columns.flatMap(({ items, at }) => withoutItem(items, at)), ...swappedNeighbours(subject, spans)];
  },
  examples: {
    "CREATE INDEX i ON s.t USING btree (lower(a), b DESC) INCLUDE (c);": [
      "CREATE INDEX i ON s.t USING btree (b DESC) INCLUDE (c);",
      "CREATE INDEX i ON s.t USING btree (b DESC, lower(a)) INCLUDE (c);",
      "CREATE INDEX i ON s.t USING btree (lower(a)) INCLUDE (c);",
    ],
    "CREATE INDEX i ON t (a)": [],
  },
};
