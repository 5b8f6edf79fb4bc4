/**
 * Finds rows that vanished from, or appeared in, tables that no statement writes, and cells that changed in columns that
 * no statement assigns (pure).
 */
import type { Catalog } from "../../../harness/catalog/facts.ts";
import type { Snapshot } from "../../../harness/catalog/snapshot.ts";
import type { Targets } from "../../../harness/release/targets/targets.ts";
import {
  formatTable,
  type MatchedColumn,
  type MatchedRows,
  type MatchedTable,
  matchRows,
  matchTables,
  parseName,
  type SnapshotRow,
  subtractRows,
} from "./matched-tables.ts";
import { quoteName } from "./names.ts";

export interface RowChange {
  readonly kind: "vanished" | "appeared" | "changed";
  readonly table: MatchedTable;
  /** Of a change. */
  readonly column?: MatchedColumn;
  /** How many rows. */
  readonly count: number;
  /** One of them, as before; as after if it appeared. */
  readonly row: SnapshotRow;
  /** Of a change of a row that is identified by its key. */
  readonly was?: string | null;
  readonly is?: string | null;
}

/** In the order of the tables; nothing where the statements may name anything. */
export function findRowChanges(before: Snapshot, after: Snapshot, targets: Targets): readonly RowChange[] {
  if (targets.isDynamic) return [];

  return matchTables(before, after).flatMap((table) => {
    const isTarget = isWritten(table, before.catalog, targets);
    const frame = table.columns.filter((column) => !isNamed(table, column, before.catalog, targets));
    const rows = matchRows(table, (column) => frame.includes(column));

    return rows === undefined
      ? compareWithoutKey(table, frame, isTarget, targets)
      : compareByKey(table, frame, rows, isTarget);
  });
}

function compareByKey(
  table: MatchedTable,
  frame: readonly MatchedColumn[],
  { pairs, vanished, appeared }: MatchedRows,
  isTarget: boolean,
): readonly RowChange[] {
  const changed = frame.flatMap((column): RowChange[] => {
    const [from, to] = column.at;
    const different = pairs.filter(([old, now]) => old[from] !== now[to]);
    const [first] = different;

    return first === undefined
      ? []
      : [
          {
            ...{ kind: "changed", table, column, count: different.length, row: first[0] },
            ...{ was: first[0][from] ?? null, is: first[1][to] ?? null },
          },
        ];
  });
  // As many new keys as keys are gone: the key itself was changed, by a cascade.
  if (!isTarget && vanished.length > 0 && vanished.length === appeared.length) {
    const key = frame.filter(({ number }) => table.before.key.includes(number));

    return [...changed, ...compareColumns(table, key)];
  }

  return isTarget
    ? changed
    : [...changed, ...countChange(table, "vanished", vanished), ...countChange(table, "appeared", appeared)];
}

function compareWithoutKey(
  table: MatchedTable,
  frame: readonly MatchedColumn[],
  isTarget: boolean,
  targets: Targets,
): readonly RowChange[] {
  const [old, now] = [table.before.rows, table.after.rows];
  if (old.length === now.length) {
    const isReplaced = isTarget && (isWrittenAs(table, "insert", targets) || isWrittenAs(table, "delete", targets));

    return isReplaced ? [] : compareColumns(table, frame);
  }
  if (isTarget) return [];

  return old.length > now.length
    ? countChange(table, "vanished", subtractRows([old, 0], now, frame).slice(0, old.length - now.length))
    : countChange(table, "appeared", subtractRows([now, 1], old, frame).slice(0, now.length - old.length));
}

/** As many rows on both sides, in whatever order: each column by its values. */
function compareColumns(table: MatchedTable, columns: readonly MatchedColumn[]): readonly RowChange[] {
  return columns.flatMap((column): RowChange[] => {
    const different = subtractRows([table.before.rows, 0], table.after.rows, [column]);
    const [row] = different;

    return row === undefined ? [] : [{ kind: "changed", table, column, count: different.length, row }];
  });
}

function countChange(
  table: MatchedTable,
  kind: "vanished" | "appeared",
  rows: readonly SnapshotRow[],
): readonly RowChange[] {
  const [row] = rows;

  return row === undefined ? [] : [{ kind, table, count: rows.length, row }];
}

/** The names of a table before and after, and of its partitions and parents: a statement on one changes the others. */
function isWritten(table: MatchedTable, catalog: Catalog, targets: Targets): boolean {
  const names = listNames(table);
  const relatives = listRelatives(formatTable(table.before), catalog).map(parseName);

  return (
    [...names, ...relatives].some((name) => targets.isWritten(name) || targets.isDropped("relation", name)) ||
    isWrittenThroughView(table, catalog, targets)
  );
}

function isWrittenAs(table: MatchedTable, as: "insert" | "delete", targets: Targets): boolean {
  return listNames(table).some((name) => targets.isWritten(name, as));
}

/**
 * Whether statements set the values of a column; or replace whole rows; or the values follow from others, or print
 * differently. Reading a column is not naming it.
 */
function isNamed(table: MatchedTable, { before, after }: MatchedColumn, catalog: Catalog, targets: Targets): boolean {
  const names = [...listNames(table), ...listRelatives(formatTable(table.before), catalog).map(parseName)];
  const isReplaced = isWrittenAs(table, "insert", targets) && isWrittenAs(table, "delete", targets);
  const { generated } = catalog.get(`column ${formatTable(table.before)}.${quoteName(before.name)}`) ?? {};

  return (
    isReplaced ||
    isWrittenThroughView(table, catalog, targets) ||
    generated !== undefined ||
    before.type !== after.type ||
    /^reg[a-z]+(?:\[\])?$/.test(before.type) ||
    targets.isChangedType(before.type) ||
    names.some((name) => targets.isAssigned(name, before.name) || targets.isAssigned(name, after.name))
  );
}

function listNames({ before, after }: MatchedTable) {
  return [before, after].map(({ schema, name }) => ({ within: schema, name }));
}

/** What rules look up for every column, found once in a catalog. */
interface Lookup {
  /** Child and parent, such as a partition and its table. */
  readonly inheritance: readonly (readonly [child: string, parent: string])[];
  readonly views: readonly { readonly name: ReturnType<typeof parseName>; readonly definition: string }[];
}

const lookups = new WeakMap<Catalog, Lookup>();

function lookUp(catalog: Catalog): Lookup {
  const found = lookups.get(catalog) ?? findLookup([...catalog]);
  lookups.set(catalog, found);

  return found;
}

function findLookup(objects: readonly (readonly [string, Readonly<Record<string, string>>])[]): Lookup {
  return {
    inheritance: objects.flatMap(([object, { inherits }]) =>
      inherits === undefined
        ? []
        : inherits.split(", ").map((parent) => [object.replace(/^[a-z ]+ /, ""), parent] as const),
    ),
    views: objects.flatMap(([object, { definition = "" }]) =>
      object.startsWith("view ") ? [{ name: parseName(object.slice("view ".length)), definition }] : [],
    ),
  };
}

/** The relations that inherit from a table, and those that it inherits from, at any distance. */
function listRelatives(table: string, catalog: Catalog): readonly string[] {
  const found = new Set([table]);
  for (const one of found) {
    for (const [child, parent] of lookUp(catalog).inheritance) {
      if (one === child) found.add(parent);
      if (one === parent) found.add(child);
    }
  }
  found.delete(table);

  return [...found];
}

/** Writing to a view writes to the tables that it reads, under the names of its own columns. */
function isWrittenThroughView({ before }: MatchedTable, catalog: Catalog, targets: Targets): boolean {
  return lookUp(catalog).views.some(
    ({ name, definition }) => targets.isWritten(name) && definition.split(/[\s(),;]+/).includes(formatTable(before)),
  );
}
