/**
 * An index without one of its columns, or with two in the wrong order.
 */
import { indexColumns } from "../ddl.ts";
import { type Examples, operator, swapped, withoutItem } from "../operator.ts";

export const indexColumnsChanged = operator(
  "index-columns",
  "ddl",
  "An index has other columns",
  function* (subject) {
    for (const { items, at, span } of indexColumns(subject)) {
      const [change, before] = [withoutItem(items, at), items[at - 1]];
      if (change !== undefined) yield change;
      if (before !== undefined) yield swapped(subject.source, before, span);
    }
  },
);

export const examples: Examples = {
  makes: [
    {
      of: "CREATE INDEX i ON s.t USING btree (lower(a), b DESC) INCLUDE (c);",
      mutants: [
        "CREATE INDEX i ON s.t USING btree (b DESC) INCLUDE (c);",
        "CREATE INDEX i ON s.t USING btree (b DESC, lower(a)) INCLUDE (c);",
        "CREATE INDEX i ON s.t USING btree (lower(a)) INCLUDE (c);",
      ],
    },
  ],
  leaves: ["CREATE INDEX i ON t (a)"],
};
