/** Copies a row that a migration changes: next to the others, and behind a gap that is wider than any batch. */
import { readSnapshot, type Snapshot, type SnapshotTable } from "../../harness/catalog/snapshot.ts";
import { Inconclusive } from "../../harness/errors.ts";
import type { ScriptPart } from "../../harness/release/script-part.ts";
import { applyWithin } from "./apply-within.ts";
import { formatTable, matchRows, matchTables, type SnapshotRow } from "./model/matched-tables.ts";
import { formatLinks } from "./model/named-links.ts";
import { quoteName } from "./model/names.ts";
import type { GeneratedRows, MigrationObservation } from "./observation.ts";
import type { MigrationWorld } from "./world.ts";

/** Wider than batches are, and no million of turns for a loop that counts one by one. */
const GAP = 100_003n;

/** Of the type integer. */
const KEY_MAX = 2n ** 31n - 1n;

/** A row that the migration changed or deleted. */
export interface ChangedRow {
  readonly table: SnapshotTable;
  readonly row: SnapshotRow;
}

/** By table; only of tables with a key, which the migration keeps. */
export function listChangedRows({ before, after }: MigrationObservation): readonly ChangedRow[] {
  return matchTables(before, after).flatMap((matched) => {
    const { pairs = [], vanished = [] } = matchRows(matched, () => true) ?? {};
    const changed = pairs
      .filter(([old, now]) => matched.columns.some(({ at: [from, to] }) => old[from] !== now[to]))
      .map(([old]) => old);

    return [...changed, ...vanished].map((row) => ({ table: matched.before, row }));
  });
}

/**
 * The observation; where up changes none of its rows, one of such rows with joins that find some, or of other boundary
 * rows.
 */
export async function observeChanges(
  world: MigrationWorld,
  observation: MigrationObservation,
): Promise<MigrationObservation> {
  if (listChangedRows(observation).length > 0) return observation;
  const { level, source } = observation.rows;
  const candidates = [observation.rows];
  if (observation === (await world.observe())) {
    for (const dataset of (await world.boundary(source)).slice(1, OTHERS_MAX)) {
      const { rows, failure } = await world.attempt(level, dataset, source);
      if (failure === undefined) candidates.push(rows);
    }
  }
  for (const rows of candidates) {
    const linked = await observeLinked(world, observation, rows);
    if (linked !== undefined && listChangedRows(linked).length > 0) return linked;
  }

  return observation;
}

const OTHERS_MAX = 4;

/** @returns undefined where such rows are refused */
async function observeLinked(
  world: MigrationWorld,
  { before }: MigrationObservation,
  rows: GeneratedRows,
): Promise<MigrationObservation | undefined> {
  try {
    return await world.observeOn({ ...rows, inserts: [rows.inserts, ...formatLinks(before)].join("\n") });
  } catch (thrown) {
    if (!(thrown instanceof Inconclusive)) throw thrown;

    return undefined;
  }
}

/** What became of a copy. */
export interface Treatment {
  readonly key: string;
  /** The names of the columns that were changed; undefined where it was deleted. */
  readonly changed: readonly string[] | undefined;
  readonly part: ScriptPart;
}

export interface Treatments {
  readonly near: Treatment;
  readonly far: Treatment;
}

/** @returns undefined where there can be no copies, or where the migration fails on them */
export async function followCopies(
  world: MigrationWorld,
  observation: MigrationObservation,
  { table, row }: ChangedRow,
): Promise<Treatments | undefined> {
  const [number] = table.key;
  const at = table.columns.findIndex((column) => column.number === number);
  if (table.key.length !== 1 || !/^(?:integer|bigint)$/.test(table.columns[at]?.type ?? "")) return undefined;
  const keys = table.rows.map((each) => BigInt(each[at] ?? 0));
  const [nearKey, farKey] = pickKeys(keys, BigInt(row[at] ?? 0));
  if (farKey === undefined) return undefined;
  const near = await followCopy(world, observation, { table, row }, at, nearKey);
  const far = near && (await followCopy(world, observation, { table, row }, at, farKey));

  return near && far && { near, far };
}

/** A free key next to one, and one behind a gap: after all others, or where there is most room between them. */
function pickKeys(keys: readonly bigint[], from: bigint): readonly [near: bigint, far: bigint | undefined] {
  const taken = new Set(keys);
  let near = from + 1n;
  while (taken.has(near)) near += 1n;
  const later = keys.filter((key) => key >= from).toSorted((one, other) => (one < other ? -1 : 1));
  const last = later.at(-1) ?? from;
  if (last + GAP <= KEY_MAX) return [near, last + GAP];
  const gaps = later
    .slice(1)
    .map((key, index) => ({ start: later[index] ?? from, width: key - (later[index] ?? from) }));
  const widest = gaps.toSorted((one, other) => (one.width > other.width ? -1 : 1))[0];

  return [near, widest === undefined || widest.width < 3n * GAP ? undefined : widest.start + GAP];
}

async function followCopy(
  world: MigrationWorld,
  { rows }: MigrationObservation,
  { table, row }: ChangedRow,
  at: number,
  key: bigint,
): Promise<Treatment | undefined> {
  return await world.withDatabase(rows, async (db) => {
    const [columns] = await db.query(
      `SELECT coalesce(string_agg(quote_ident(attname), ', '), '') AS names FROM pg_attribute
WHERE attrelid = '${formatTable(table).replaceAll("'", "''")}'::regclass AND attnum > 0 AND NOT attisdropped
  AND attgenerated = '' AND attnum <> ${table.key[0]}`,
    );
    const names = columns?.["names"] ?? "";
    const [keyName, others] = [quoteName(table.columns[at]?.name ?? ""), names === "" ? "" : `, ${names}`];
    const sql = `INSERT INTO ${formatTable(table)} (${keyName}${others}) OVERRIDING SYSTEM VALUE
SELECT ${key}${others} FROM ${formatTable(table)} WHERE ${keyName} = ${row[at]}`;
    if ((await db.session.tryExecute(sql)).error !== undefined) return undefined;
    const before = findRow(await readSnapshot(await db.database.observer()), table, at, key);
    const { failure } = await applyWithin(db.session, world.release.lists.migrate);
    if (failure !== undefined || before === undefined) return undefined;
    const after = findRow(await readSnapshot(await db.database.observer()), table, at, key);
    const changed = after && [...before].filter(([name, cell]) => after.get(name) !== cell).map(([name]) => name);

    return { key: String(key), changed, part: { title: `a copy of a row (${keyName} = ${key})`, sql: `${sql};` } };
  });
}

/** The cells of a row by the names that their columns had before. */
function findRow(
  { tables }: Snapshot,
  { schema, name, columns }: SnapshotTable,
  at: number,
  key: bigint,
): ReadonlyMap<string, string | null> | undefined {
  const table = tables.find((each) => each.schema === schema && each.name === name);
  const number = columns[at]?.number;
  const position = table?.columns.findIndex((column) => column.number === number) ?? -1;
  const row = table?.rows.find((cells) => cells[position] === String(key));
  if (table === undefined || row === undefined) return undefined;

  return new Map(
    columns.flatMap((column): [string, string | null][] => {
      const found = table.columns.findIndex((each) => each.number === column.number);

      return found < 0 ? [] : [[column.name, row[found] ?? null]];
    }),
  );
}
