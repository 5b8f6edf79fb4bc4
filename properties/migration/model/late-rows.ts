/** Chooses rows that the old version of an application inserts while or after a migration runs, and compares (pure). */
import { escapeLiteral } from "pg";
import { type CatalogDifference, formatRow } from "../../../harness/catalog/difference.ts";
import type { Snapshot, SnapshotTable } from "../../../harness/catalog/snapshot.ts";
import type { Targets } from "../../../harness/release/targets/targets.ts";
import { type SchemaModel, tableKey } from "../../../harness/rows/schema-model.ts";
import type { GeneratedRows, MigrationObservation } from "../observation.ts";
import { formatTable, matchRows, matchTables, type SnapshotRow } from "./matched-tables.ts";
import { quoteName } from "./names.ts";
import type { StateDifference } from "./state-differences.ts";

/** A row that was generated, and that can be left out: no row that stays refers to it. */
export interface LateRow {
  readonly table: SnapshotTable;
  readonly row: SnapshotRow;
  /** Deletes it, and returns a row if it was there; without a semicolon. */
  readonly remove: string;
  /** Inserts it as the old version does, which knows the columns that were there before; without a semicolon. */
  readonly insert: string;
}

/** So many of each table; one row of it stays if there are several. */
const LATE_MAX = 2;
/** A late row may refer to others, through so many tables. */
const PASSES = 4;

/** Parents first; of a table those that up changes. What earlier migrations inserted is no row of the application's. */
export function pickLateRows({ before, after, rows }: MigrationObservation): readonly LateRow[] {
  const changed = listTreated(before, after);
  const candidates = rows.filled.flatMap(({ of }) => {
    const table = before.tables.find((one) => tableKey(one) === of.key);
    if (table === undefined) return [];
    const generated = table.rows.filter((row) => isGenerated(rows, table, row));

    return [{ table, rows: generated.toSorted((one, other) => Number(changed.has(other)) - Number(changed.has(one))) }];
  });
  const late = new Set<SnapshotRow>();
  for (let pass = 0; pass < PASSES; pass += 1) {
    for (const { table, rows: some } of candidates.toReversed()) {
      if (some.some((row) => late.has(row))) continue;
      const free = some.filter((row) => !isReferenced(rows.source.plan.schema, before, late, table, row));
      for (const row of free.slice(0, Math.max(1, Math.min(LATE_MAX, table.rows.length - 1)))) late.add(row);
    }
  }

  return candidates.flatMap(({ table, rows: some }) =>
    some.filter((row) => late.has(row)).map((row) => toLateRow(before, table, row)),
  );
}

/** The rows in which up changes a column, or fills one that it adds. */
function listTreated(before: Snapshot, after: Snapshot): ReadonlySet<SnapshotRow> {
  const treated = matchTables(before, after).flatMap((matched) => {
    const added = matched.after.columns.flatMap(({ number }, at) =>
      matched.before.columns.some((column) => column.number === number) ? [] : [at],
    );

    return (matchRows(matched, () => true)?.pairs ?? []).flatMap(([old, now]) =>
      matched.columns.some(({ at: [from, to] }) => old[from] !== now[to]) || added.some((at) => now[at] !== null)
        ? [old]
        : [],
    );
  });

  return new Set(treated);
}

function isGenerated({ filled }: GeneratedRows, table: SnapshotTable, row: SnapshotRow): boolean {
  const key = table.columns.flatMap(({ name, number }, at) => (table.key.includes(number) ? [{ name, at }] : []));
  const { accepted = [] } = filled.find(({ of }) => of.key === tableKey(table)) ?? {};

  return key.length > 0 && accepted.some((cells) => key.every(({ name, at }) => cells[name] === row[at]));
}

function isReferenced(
  { tables }: SchemaModel,
  before: Snapshot,
  late: ReadonlySet<SnapshotRow>,
  parent: SnapshotTable,
  row: SnapshotRow,
): boolean {
  // Object identifiers are those of another database.
  const { oid: target } = tables.find((one) => tableKey(one) === tableKey(parent)) ?? {};

  return tables.some((referring) => {
    const child = before.tables.find((table) => tableKey(table) === tableKey(referring));

    return referring.foreignKeys
      .filter(({ table }) => table === target)
      .some(({ columns, references }) =>
        child?.rows.some(
          (other) =>
            other !== row &&
            !late.has(other) &&
            columns.every((number, index) => {
              const value = getCell(child, other, number);

              return value !== null && value === getCell(parent, row, references[index] ?? 0);
            }),
        ),
      );
  });
}

function getCell({ columns }: SnapshotTable, row: SnapshotRow, number: number): string | null {
  return row[columns.findIndex((column) => column.number === number)] ?? null;
}

function toLateRow({ catalog }: Snapshot, table: SnapshotTable, row: SnapshotRow): LateRow {
  const name = formatTable(table);
  const cells = table.columns.map((column, at) => ({ ...column, name: quoteName(column.name), cell: row[at] ?? null }));
  const key = cells.filter(({ number }) => table.key.includes(number));
  const written = cells.filter((column) => catalog.get(`column ${name}.${column.name}`)?.["generated"] === undefined);
  const values = written.map(({ cell }) => (cell === null ? "NULL" : escapeLiteral(cell)));

  return {
    ...{ table, row },
    remove: `DELETE FROM ${name} WHERE ${key.map((column) => `${column.name} = ${escapeLiteral(column.cell ?? "")}`).join(" AND ")} RETURNING 1`,
    insert: `INSERT INTO ${name} (${written.map((column) => column.name).join(", ")}) OVERRIDING SYSTEM VALUE
VALUES (${values.join(", ")})`,
  };
}

/** A migration by what its statements name, and as text. */
export interface ReadMigration {
  readonly targets: Targets;
  readonly text: string;
}

/**
 * What a migration does to rows that were there before it, and not to late ones: columns that its statements set, and rows
 * that they insert. A row that is there because DELETE had run already is none of it. Nor is a column that the migration
 * sets to one constant in all rows, where late ones get another by their default: new rows are meant to differ.
 * @param before the rows before the migration, late ones included
 * @param early what the migration leaves of them
 * @param differences between that and what it leaves where late rows were inserted later
 */
export function keepUntreated(
  before: Snapshot,
  early: Snapshot,
  differences: readonly StateDifference[],
  { targets, text }: ReadMigration,
): readonly StateDifference[] {
  return differences.flatMap(({ what, subject, differences: found }) => {
    const table = early.tables.find(
      (one) => subject === formatTable(one) || subject.startsWith(`${formatTable(one)}.`),
    );
    if (table === undefined || what === "schema") return [];
    const named = { within: table.schema, name: table.name };
    const column = table.columns.find(({ name }) => subject === `${formatTable(table)}.${quoteName(name)}`);
    const isSet = column !== undefined && (targets.isDynamic || targets.isConverted(named, column.name));
    const isNamed = what === "rows" ? targets.isWritten(named, "insert") : isSet;
    const untreated = found.filter((one) =>
      what === "rows" ? one.kind === "removed" : !isUntouched(before, table, one) && !isForNew(table, one, text),
    );
    const [first, ...others] = isNamed ? untreated : [];

    return first === undefined ? [] : [{ what, subject, differences: [first, ...others] as const }];
  });
}

/** `col = 'a'`, `col = true`. */
const CONSTANT = /^(?:'(?:[^']|'')*'|[-+]?\d[\d.]*|true|false)(?:::[\w ]+)?\s*(?:[,;)]|WHERE\b|$)/i;

function isForNew(
  { columns, rows }: SnapshotTable,
  { property = "", after }: CatalogDifference,
  text: string,
): boolean {
  const at = columns.findIndex(({ name }) => name === property);
  const values = new Set(rows.map((row) => row[at]));
  const name = property.replace(/[^\w]/g, ".");
  const assigned = [...text.matchAll(new RegExp(`(?<![\\w.])"?${name}"?\\s*:?=\\s*`, "gi"))];
  const isConstant = assigned.every(({ index, 0: match }) => CONSTANT.test(text.slice(index + match.length)));

  return values.size === 1 && after !== null && after !== undefined && assigned.length > 0 && isConstant;
}

/** True where the migration left the value as it was; of a column that it adds, without one. */
function isUntouched(
  before: Snapshot,
  now: SnapshotTable,
  { object, property = "", before: value }: CatalogDifference,
): boolean {
  const table = before.tables.find((one) => formatTable(one) === formatTable(now));
  const at = table?.columns.findIndex(({ name }) => name === property) ?? -1;
  if (table === undefined || at < 0) return value === null;
  const names = table.key.flatMap((number) => table.columns.find((column) => column.number === number)?.name ?? []);
  const row = table.rows.find((cells) => {
    const values = Object.fromEntries(table.columns.map(({ name }, index) => [name, cells[index] ?? null]));

    return formatRow(formatTable(table), names, values) === object;
  });

  return row !== undefined && row[at] === value;
}
