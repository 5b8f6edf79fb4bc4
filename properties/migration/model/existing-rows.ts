import type { Snapshot } from "../../../harness/catalog/snapshot.ts";
import type { ExistingRows } from "../../../harness/rows/materialize.ts";

/** The rows of a snapshot as the generation of further rows takes them. */
export function toExistingRows({ tables }: Pick<Snapshot, "tables">): ExistingRows {
  return Object.fromEntries(
    tables.map(({ schema, name, columns, rows }) => [
      `${schema}.${name}`,
      rows.map((row) => Object.fromEntries(columns.map((column, at) => [column.name, row[at] ?? null]))),
    ]),
  );
}
