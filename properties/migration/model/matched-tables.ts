/** Matches tables, columns and rows before and after a migration (pure): tables by OID, columns by number, rows by key. */
import { formatRow } from "../../../harness/catalog/difference.ts";
import type { Snapshot, SnapshotColumn, SnapshotTable } from "../../../harness/catalog/snapshot.ts";
import type { ObjectName } from "../../../harness/release/targets/targets.ts";
import { quoteName } from "./names.ts";

export type SnapshotRow = readonly (string | null)[];

/** A column on both sides: it may have another name or type after. */
export interface MatchedColumn {
  readonly number: number;
  readonly before: SnapshotColumn;
  readonly after: SnapshotColumn;
  /** Where its cell is in a row. */
  readonly at: readonly [before: number, after: number];
}

export interface MatchedTable {
  readonly before: SnapshotTable;
  readonly after: SnapshotTable;
  readonly columns: readonly MatchedColumn[];
}

/** Rows by their key. */
export interface MatchedRows {
  readonly pairs: readonly (readonly [before: SnapshotRow, after: SnapshotRow])[];
  readonly vanished: readonly SnapshotRow[];
  readonly appeared: readonly SnapshotRow[];
}

/** The tables that were there before and still are, under whatever name. */
export function matchTables(before: Snapshot, after: Snapshot): readonly MatchedTable[] {
  return before.tables.flatMap((table) => {
    const other = after.tables.find(({ oid }) => oid === table.oid);

    return other === undefined ? [] : [{ before: table, after: other, columns: matchColumns(table, other) }];
  });
}

function matchColumns(before: SnapshotTable, after: SnapshotTable): readonly MatchedColumn[] {
  return before.columns.flatMap((column, index) => {
    const other = after.columns.findIndex(({ number }) => number === column.number);
    const found = after.columns[other];

    return found === undefined
      ? []
      : [{ number: column.number, before: column, after: found, at: [index, other] as const }];
  });
}

/**
 * Matches the rows of a table by the key that it had before.
 * @param isUsable false for a column that no longer identifies a row, since its values were set
 * @returns undefined if it has no key, or if not all of it is usable
 */
export function matchRows(
  { before, after, columns }: MatchedTable,
  isUsable: (column: MatchedColumn) => boolean,
): MatchedRows | undefined {
  const key = before.key.flatMap(
    (number) => columns.find((column) => column.number === number && isUsable(column)) ?? [],
  );
  if (key.length === 0 || key.length < before.key.length) return undefined;
  const [old, now] = [indexRows(before.rows, key, 0), indexRows(after.rows, key, 1)];
  const rows = [...old].map(([id, row]) => [row, now.get(id)] as const);

  return {
    pairs: rows.flatMap(([row, other]) => (other === undefined ? [] : [[row, other] as const])),
    vanished: rows.flatMap(([row, other]) => (other === undefined ? [row] : [])),
    appeared: [...now].flatMap(([id, row]) => (old.has(id) ? [] : [row])),
  };
}

function indexRows(
  rows: readonly SnapshotRow[],
  columns: readonly MatchedColumn[],
  side: 0 | 1,
): Map<string, SnapshotRow> {
  return new Map(rows.map((row) => [projectRow(row, columns, side), row]));
}

/** The rows of one side that the other has not as often, by the given columns. */
export function subtractRows(
  [minuend, side]: readonly [rows: readonly SnapshotRow[], side: 0 | 1],
  subtrahend: readonly SnapshotRow[],
  columns: readonly MatchedColumn[],
): readonly SnapshotRow[] {
  const counts = new Map<string, number>();
  for (const row of subtrahend) {
    const text = projectRow(row, columns, side === 0 ? 1 : 0);
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }

  return minuend.filter((row) => {
    const text = projectRow(row, columns, side);
    const left = counts.get(text) ?? 0;
    counts.set(text, left - 1);

    return left <= 0;
  });
}

function projectRow(row: SnapshotRow, columns: readonly MatchedColumn[], side: 0 | 1): string {
  return JSON.stringify(columns.map(({ at }) => row[at[side]] ?? null));
}

/** Such as `public.users`, quoted as in SQL. */
export function formatTable({ schema, name }: Pick<SnapshotTable, "schema" | "name">): string {
  return `${quoteName(schema)}.${quoteName(name)}`;
}

/** Such as `row public.users (id = 7)`: by its key, or by its first columns. */
export function describeRow(table: SnapshotTable, row: SnapshotRow): string {
  const named = table.key.length > 0 ? table.columns.filter(({ number }) => table.key.includes(number)) : table.columns;
  const cells = Object.fromEntries(table.columns.map(({ name }, at) => [name, row[at] ?? null]));

  return formatRow(
    formatTable(table),
    named.slice(0, 4).map(({ name }) => name),
    cells,
  );
}

/** The last two parts of a name as SQL writes it: `public.t`, `"A b".t`, `public.t.c`. */
export function parseName(qualified: string): ObjectName {
  const parts = (qualified.match(/"(?:[^"]|"")*"|[^."]+/g) ?? []).map((part) =>
    part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part,
  );

  return { within: parts.at(-2) ?? "", name: parts.at(-1) ?? "" };
}
