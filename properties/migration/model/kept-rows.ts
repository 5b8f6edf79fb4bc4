/**
 * Finds what a rollback changed or removed although the migration had left it as it was (pure). Tables and columns are
 * followed by OID and number, so that a rename is no change; what the migration itself changed or dropped is not judged.
 */
import type { Snapshot, SnapshotTable } from "../../../harness/catalog/snapshot.ts";

/** One cell that has another value, or one row that is missing. */
export interface Damage {
  /** As before the migration: `public.users`. */
  readonly table: string;
  /** Absent where the whole row is missing. */
  readonly column?: string;
  /** The row: its key, or all of its cells where the table has no key. */
  readonly row: Readonly<Record<string, string | null>>;
  readonly was?: string | null;
  readonly is?: string | null;
}

type Cells = readonly (string | null)[];

/** The positions of one column's cell in each of three tables. */
interface Track {
  readonly number: number;
  readonly name: string;
  readonly at: readonly [before: number, after: number, restored: number];
}

/** @param exempt columns that the rollback may change, as `public.users.updated_at` */
export function findDamage(
  before: Snapshot,
  after: Snapshot,
  restored: Snapshot,
  exempt: readonly string[] = [],
): readonly Damage[] {
  return before.tables.flatMap((table) => {
    const migrated = after.tables.find(({ oid }) => oid === table.oid);
    const survivor = findSurvivor(table, restored);
    if (migrated === undefined || survivor === undefined) return [];
    const name = formatTable(table);
    const tracks = followColumns(table, migrated, survivor).filter(
      (track) => !exempt.includes(`${name}.${track.name}`),
    );
    const key = findKey(table, tracks);
    const tables = [table, migrated, survivor] as const;
    const damage = key === undefined ? compareAsSets(tables, tracks) : compareByKey(tables, tracks, key);

    return damage.map((each) => ({ table: name, ...each }));
  });
}

/** The rows of a table, added after the migration or there before it, that a rollback of the table does not have. */
export interface LostRows {
  readonly table: string;
  readonly rows: readonly Readonly<Record<string, string | null>>[];
}

/**
 * Finds tables that lost rows between their use and the rollback. Rows that the migration itself added do not count, nor
 * tables in which rows were merged: the sums of their numbers, keys aside, are what they were.
 */
export function findLostRows(
  before: Snapshot,
  after: Snapshot,
  used: Snapshot,
  restored: Snapshot,
): readonly LostRows[] {
  return before.tables.flatMap((table) => {
    const [migrated, filled] = [after, used].map(({ tables }) => tables.find(({ oid }) => oid === table.oid));
    const survivor = findSurvivor(table, restored);
    if (migrated === undefined || filled === undefined || survivor === undefined) return [];
    const tracks = followColumns(table, filled, survivor);
    const identity = findKey(table, tracks) ?? tracks;
    const [old, now, all, left] = [table, migrated, filled, survivor].map(({ rows }, index) =>
      countRows(
        rows,
        identity.map(({ at }) => at[SIDES[index] ?? 0]),
      ),
    ) as [Counts, Counts, Counts, Counts];
    const own = (row: string): number => Math.max(0, (now.get(row) ?? 0) - (old.get(row) ?? 0));
    const missing = [...all].filter(([row, count]) => count - own(row) > (left.get(row) ?? 0));
    const added = [...now.keys()].reduce((total, row) => total + own(row), 0);
    const isSmaller = survivor.rows.length < filled.rows.length - added;

    return missing.length === 0 || !isSmaller || keepsSums(filled, survivor, tracks, findLinks([used, restored], table))
      ? []
      : [{ table: formatTable(table), rows: missing.map(([row]) => nameCells(identity, JSON.parse(row) as Cells)) }];
  });
}

/** Of the tables before and after the migration, in use, and restored: which cell of a track is theirs. */
const SIDES = [0, 1, 1, 2] as const;

type Counts = Map<string, number>;

/** The columns of the key, if all of them are tracked. */
function findKey(table: SnapshotTable, tracks: readonly Track[]): readonly Track[] | undefined {
  const key = table.key.flatMap((number) => tracks.find((track) => track.number === number) ?? []);

  return key.length > 0 && key.length === table.key.length ? key : undefined;
}

/** The same table, or the one that replaced it under its name. */
function findSurvivor(table: SnapshotTable, { tables }: Snapshot): SnapshotTable | undefined {
  return (
    tables.find(({ oid }) => oid === table.oid) ?? tables.find((other) => formatTable(other) === formatTable(table))
  );
}

function formatTable({ schema, name }: SnapshotTable): string {
  return `${schema}.${name}`;
}

function followColumns(before: SnapshotTable, after: SnapshotTable, restored: SnapshotTable): readonly Track[] {
  return before.columns.flatMap(({ number, name }, index) => {
    const migrated = after.columns.findIndex((column) => column.number === number);
    const same = restored.oid === before.oid ? restored.columns.findIndex((column) => column.number === number) : -1;
    const survivor = same >= 0 ? same : restored.columns.findIndex((column) => column.name === name);

    return migrated < 0 || survivor < 0 ? [] : [{ number, name, at: [index, migrated, survivor] as const }];
  });
}

type Side = 0 | 1 | 2;

type Tables = readonly [before: SnapshotTable, after: SnapshotTable, restored: SnapshotTable];

function compareByKey(tables: Tables, tracks: readonly Track[], key: readonly Track[]): Omit<Damage, "table">[] {
  const [before, after, restored] = tables.map(({ rows }, side) => {
    const positions = key.map(({ at }) => at[side as Side]);

    return new Map(rows.map((row) => [project(row, positions), row]));
  }) as [Map<string, Cells>, Map<string, Cells>, Map<string, Cells>];

  return [...before].flatMap(([id, row]): Omit<Damage, "table">[] => {
    const migrated = after.get(id);
    const survivor = restored.get(id);
    if (migrated === undefined) return [];
    const named = nameCells(key, JSON.parse(id) as Cells);
    if (survivor === undefined) return [{ row: named }];

    return tracks
      .map(({ name, at }) => ({
        column: name,
        was: row[at[0]] ?? null,
        kept: migrated[at[1]] ?? null,
        is: survivor[at[2]] ?? null,
      }))
      .filter(({ was, kept, is }) => was === kept && was !== is)
      .map(({ column, was, is }) => ({ column, row: named, was, is }));
  });
}

/** Without a key, only rows that are the same in each column were left as they were. */
function compareAsSets(tables: Tables, tracks: readonly Track[]): Omit<Damage, "table">[] {
  const [before, after, restored] = tables.map(({ rows }, side) =>
    countRows(
      rows,
      tracks.map(({ at }) => at[side as Side]),
    ),
  ) as [Counts, Counts, Counts];

  return [...before]
    .filter(([row, count]) => Math.min(count, after.get(row) ?? 0) > (restored.get(row) ?? 0))
    .map(([row]) => ({ row: nameCells(tracks, JSON.parse(row) as Cells) }));
}

function countRows(rows: readonly Cells[], positions: readonly number[]): Counts {
  const counts: Counts = new Map();
  for (const row of rows) {
    const text = project(row, positions);
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }

  return counts;
}

function project(row: Cells, positions: readonly number[]): string {
  return JSON.stringify(positions.map((at) => row[at] ?? null));
}

function nameCells(tracks: readonly Track[], cells: Cells): Readonly<Record<string, string | null>> {
  return Object.fromEntries(tracks.map(({ name }, index) => [name, cells[index] ?? null]));
}

const NUMBERS = /^(?:smallint|integer|bigint|numeric|real|double precision)/;

/** Whether all numbers that identify nothing have the sums that they had; false where there are none. */
function keepsSums(
  filled: SnapshotTable,
  survivor: SnapshotTable,
  tracks: readonly Track[],
  links: ReadonlySet<string>,
): boolean {
  const numbers = tracks.filter(
    ({ number, name, at }) =>
      NUMBERS.test(filled.columns[at[1]]?.type ?? "") && !filled.key.includes(number) && !links.has(name),
  );
  const sum = (rows: readonly Cells[], position: number): number =>
    rows.reduce((total, row) => total + Number(row[position] ?? 0), 0);

  return numbers.length > 0 && numbers.every(({ at }) => sum(filled.rows, at[1]) === sum(survivor.rows, at[2]));
}

/** Columns of keys, unique or foreign: their sum has no meaning. */
function findLinks(snapshots: readonly Snapshot[], table: SnapshotTable): ReadonlySet<string> {
  const definitions = snapshots.flatMap(({ catalog }) =>
    [...catalog]
      .filter(([object]) => object.startsWith(`constraint ${formatTable(table)}.`))
      .map(([, { definition = "" }]) => definition),
  );

  return new Set(
    definitions.flatMap((definition) =>
      (/^(?:PRIMARY KEY|UNIQUE|FOREIGN KEY)[^(]*\(([^)]*)\)/.exec(definition)?.[1] ?? "")
        .split(", ")
        .map((name) => name.replace(/^"|"$/g, "")),
    ),
  );
}
