/** Finds columns whose type was changed by a cast and nothing else, with their values on both sides (pure). */
import type { Snapshot } from "../../../harness/catalog/snapshot.ts";
import type { Targets } from "../../../harness/release/targets/targets.ts";
import { type MatchedColumn, type MatchedTable, matchRows, matchTables } from "./matched-tables.ts";

export interface RetypedColumn {
  readonly table: MatchedTable;
  readonly column: MatchedColumn;
  /** The distinct values before, each with its value after; no NULL that stayed one. */
  readonly values: readonly (readonly [before: string | null, after: string | null])[];
}

/** Columns of tables with a key; those that the migration sets to other values are left out. */
export function findRetyped(before: Snapshot, after: Snapshot, targets: Targets): readonly RetypedColumn[] {
  return matchTables(before, after).flatMap((table) => {
    const isConverted = ({ before: old, after: now }: MatchedColumn): boolean =>
      [table.before, table.after].some(({ schema, name }) =>
        [old, now].some((column) => targets.isConverted({ within: schema, name }, column.name)),
      );
    const retyped = table.columns.filter((column) => column.before.type !== column.after.type && !isConverted(column));
    const rows = retyped.length === 0 ? undefined : matchRows(table, () => true);

    return retyped.map((column) => ({ table, column, values: listValues(rows?.pairs ?? [], column) }));
  });
}

function listValues(
  pairs: readonly (readonly [readonly (string | null)[], readonly (string | null)[]])[],
  { at: [from, to] }: MatchedColumn,
): RetypedColumn["values"] {
  const distinct = new Map(
    pairs.map(([old, now]) => [JSON.stringify([old[from], now[to]]), [old[from] ?? null, now[to] ?? null] as const]),
  );

  return [...distinct.values()].filter(([old, now]) => old !== null || now !== null);
}

const STRINGS = /^(?:text|character varying|character|name|citext|public\.citext)\b(?!.*\[\])/;

/** Whether the old values are texts that the new type prints in its own form: another text may be the same value. */
export function isParsed({ column: { before, after } }: RetypedColumn): boolean {
  return STRINGS.test(before.type) && !STRINGS.test(after.type);
}
