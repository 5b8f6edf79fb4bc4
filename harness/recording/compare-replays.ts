/** Compares what a replay left with what the tool left (pure). */
import { type CatalogDifference, compareCatalogs, describeDifferences } from "../catalog/difference.ts";
import type { Snapshot, SnapshotTable } from "../catalog/snapshot.ts";
import type { WrittenName } from "../release/targets/named-objects.ts";
import { isSameRelation } from "./sent-statements.ts";

/** Values that no two runs have in common, such as those of now(): by table, the names of columns. */
export type UnstableColumns = ReadonlyMap<string, ReadonlySet<string>>;

/** The columns whose values differ between two replays. */
export function findUnstableColumns(one: Snapshot, other: Snapshot): UnstableColumns {
  return new Map(
    one.tables.map((table) => {
      const twin = findTable(other, table);
      const columns = table.columns.flatMap(({ name }, index) =>
        formatColumn(table, index) === (twin && formatColumn(twin, index)) ? [] : [name],
      );

      return [formatTable(table), new Set(columns)];
    }),
  );
}

function formatColumn({ rows }: SnapshotTable, index: number): string {
  return JSON.stringify(rows.map((row) => JSON.stringify(row[index] ?? null)).toSorted());
}

/**
 * The first object or table that differs, as a sentence; undefined where none does. Of an unstable column, only whether
 * each value is NULL is compared.
 * @param ignored relations whose rows are not compared
 */
export function findReplayDifference(
  recorded: Snapshot,
  replayed: Snapshot,
  ignored: readonly WrittenName[],
  unstable: UnstableColumns = new Map(),
): string | undefined {
  const differences = compareCatalogs(recorded.catalog, replayed.catalog);
  if (differences.length > 0) return describeDifferences(differences.toSorted(compareByWeight), 1);
  const table = recorded.tables.find((each) => {
    const other = findTable(replayed, each);
    const isIgnored = ignored.some((name) => isSameRelation(name, { within: each.schema, name: each.name }));

    return other !== undefined && !isIgnored && formatRows(each, unstable) !== formatRows(other, unstable);
  });

  return table && describeRows(table, findTable(replayed, table) ?? table, unstable);
}

/** An object that is missing or new says more than what follows from it. */
function compareByWeight(one: CatalogDifference, other: CatalogDifference): number {
  return Number(one.kind === "changed") - Number(other.kind === "changed");
}

function findTable({ tables }: Snapshot, { schema, name }: SnapshotTable): SnapshotTable | undefined {
  return tables.find((table) => table.schema === schema && table.name === name);
}

function formatTable({ schema, name }: SnapshotTable): string {
  return `${schema}.${name}`;
}

function formatRows(table: SnapshotTable, unstable: UnstableColumns): string {
  const columns = unstable.get(formatTable(table));
  const isUnstable = table.columns.map(({ name }) => columns?.has(name) === true);
  const rows = table.rows.map((row) => JSON.stringify(row.map((cell, at) => (isUnstable[at] ? cell === null : cell))));

  return JSON.stringify(rows.toSorted());
}

function describeRows(recorded: SnapshotTable, replayed: SnapshotTable, unstable: UnstableColumns): string {
  const name = formatTable(recorded);
  if (recorded.rows.length !== replayed.rows.length) {
    return `table ${name} has ${replayed.rows.length} rows instead of ${recorded.rows.length}`;
  }
  const isStable = (column: string) => unstable.get(name)?.has(column) !== true;
  const column = recorded.columns.find(
    (each, index) => isStable(each.name) && formatColumn(recorded, index) !== formatColumn(replayed, index),
  );

  return `rows of table ${name} differ${column === undefined ? "" : ` in the column ${column.name}`}`;
}
