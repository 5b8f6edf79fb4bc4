/** Follows a table, its columns and its rows from before a migration to after its rollback (pure). */
import { formatRow } from "../../../harness/catalog/difference.ts";
import type { Snapshot, SnapshotTable } from "../../../harness/catalog/snapshot.ts";
import { formatTable } from "./matched-tables.ts";

export type Cells = readonly (string | null)[];

/** What a database holds at one moment. */
export type TableState = Pick<Snapshot, "tables">;

/** A column that a table had before the migration, has after it, and has again or still after the rollback. */
export interface Track {
  readonly number: number;
  /** The name before, and after the rollback. */
  readonly name: string;
  readonly restoredName: string;
  /** Where its cell is in a row of each. */
  readonly at: readonly [before: number, after: number, restored: number];
}

/** A table before and after a migration, and after the rollback, with the columns that all three have. */
export interface FollowedTable {
  readonly name: string;
  /** As SQL names it after the rollback. */
  readonly restoredName: string;
  readonly tables: readonly [before: SnapshotTable, after: SnapshotTable, restored: SnapshotTable];
  readonly tracks: readonly Track[];
  /** The columns that identify a row: the key, or all columns where it has none or not all of it is left. */
  readonly identity: readonly Track[];
  readonly hasKey: boolean;
}

/** The tables that survive: by OID, or replaced under the name that they had. */
export function followTables(before: TableState, after: TableState, restored: TableState): readonly FollowedTable[] {
  return before.tables.flatMap((table) => {
    const migrated = after.tables.find(({ oid }) => oid === table.oid);
    const survivor =
      restored.tables.find(({ oid }) => oid === table.oid) ??
      restored.tables.find((other) => formatTable(other) === formatTable(table));
    if (migrated === undefined || survivor === undefined) return [];
    const tracks = followColumns(table, migrated, survivor);
    const key = table.key.flatMap((number) => tracks.find((track) => track.number === number) ?? []);
    const hasKey = key.length > 0 && key.length === table.key.length;

    return [
      {
        ...{ name: formatTable(table), tables: [table, migrated, survivor], tracks, hasKey },
        restoredName: formatTable(survivor),
        identity: hasKey ? key : tracks,
      },
    ];
  });
}

function followColumns(before: SnapshotTable, after: SnapshotTable, restored: SnapshotTable): readonly Track[] {
  return before.columns.flatMap(({ number, name }, index) => {
    const migrated = after.columns.findIndex((column) => column.number === number);
    const same = restored.oid === before.oid ? restored.columns.findIndex((column) => column.number === number) : -1;
    const survivor = same >= 0 ? same : restored.columns.findIndex((column) => column.name === name);
    const restoredName = restored.columns[survivor]?.name;

    return migrated < 0 || restoredName === undefined
      ? []
      : [{ number, name, restoredName, at: [index, migrated, survivor] as const }];
  });
}

/** How often each identity occurs among rows of one of the three tables. */
export function countRows(rows: readonly Cells[], identity: readonly Track[], side: 0 | 1 | 2): Map<string, number> {
  const counts = new Map<string, number>();
  for (const row of rows) {
    const text = identify(row, identity, side);
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }

  return counts;
}

/** The cells that identify a row, as text; `nameRow` reads it. */
export function identify(row: Cells, identity: readonly Track[], side: 0 | 1 | 2): string {
  return JSON.stringify(identity.map(({ at }) => row[at[side]] ?? null));
}

/** Such as `row public.users (id = 7)`, as it is after the rollback. */
export function nameRow({ restoredName, identity }: FollowedTable, identified: string): string {
  const cells = JSON.parse(identified) as Cells;
  const names = identity.map((track) => track.restoredName);

  return formatRow(restoredName, names, Object.fromEntries(names.map((name, index) => [name, cells[index] ?? null])));
}
