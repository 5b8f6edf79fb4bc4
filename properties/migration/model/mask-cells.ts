/** Hides what two identical runs do not agree on (pure). */
import type { Snapshot, SnapshotTable } from "../../../harness/catalog/snapshot.ts";
import { formatTable } from "./matched-tables.ts";
import { quoteName } from "./names.ts";

/** Names of columns, by tables as SQL names them. */
export type Columns = ReadonlyMap<string, ReadonlySet<string>>;

/** What stands for a value that is not compared; NULL stays NULL. */
const HIDDEN = "(some value)";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** Half an hour off, so that a shift by whole hours is not mistaken for it, and without daylight saving time. */
export const OTHER_ZONE = { name: "Asia/Kolkata", offsetMs: 330 * MINUTE_MS };

/** The columns whose values differ between two identical runs, or are dates of the day on which they run. */
export function findUnstable(one: Snapshot, other: Snapshot, now: Date): Columns {
  const others = new Map(other.tables.map((table) => [formatTable(table), table]));

  return new Map(
    one.tables.map((table) => {
      const twin = others.get(formatTable(table));
      const names = table.columns.map(({ name }) => name);

      return [
        formatTable(table),
        new Set(names.filter((name) => twin === undefined || differs(table, twin, name) || isDated(table, name, now))),
      ];
    }),
  );
}

/** The columns that sequences fill. */
export function findNumberedColumns({ tables, sequences }: Snapshot): Columns {
  return new Map(
    tables.map((table) => [
      formatTable(table),
      new Set(
        table.columns.flatMap(({ name, number }) =>
          sequences.some(({ usedBy }) => usedBy.some((use) => use.table === table.oid && use.column === number))
            ? [name]
            : [],
        ),
      ),
    ]),
  );
}

/** The columns that are computed of others, which show what differs themselves. */
export function findGenerated({ tables, catalog }: Snapshot): Columns {
  return new Map(
    tables.map((table) => [
      formatTable(table),
      new Set(
        table.columns.flatMap(({ name }) =>
          catalog.get(`column ${formatTable(table)}.${quoteName(name)}`)?.["generated"] === undefined ? [] : [name],
        ),
      ),
    ]),
  );
}

/** Hides the values of columns; a key that is hidden identifies no row. */
export function maskColumns(snapshot: Snapshot, columns: Columns): Snapshot {
  return {
    ...snapshot,
    tables: snapshot.tables.map((table) => {
      const hidden = columns.get(formatTable(table)) ?? new Set<string>();
      const isHidden = table.columns.map(({ name }) => hidden.has(name));
      const isKeyHidden = table.columns.some(({ number }, at) => isHidden[at] && table.key.includes(number));

      return {
        ...table,
        key: isKeyHidden ? [] : table.key,
        rows: table.rows.map((row) => row.map((cell, at) => (cell !== null && isHidden[at] ? HIDDEN : cell))),
      };
    }),
  };
}

/** Leaves out the columns of which nothing is left to compare, so that no row is named by them. */
export function dropHidden(one: Snapshot, other: Snapshot): readonly [Snapshot, Snapshot] {
  const isHidden = (snapshot: Snapshot, named: string, column: string): boolean =>
    snapshot.tables
      .filter((table) => formatTable(table) === named)
      .every((table) => listCells(table, column).every((cell) => cell === HIDDEN));
  const drop = (snapshot: Snapshot): Snapshot => ({
    ...snapshot,
    tables: snapshot.tables.map((table) => {
      const named = formatTable(table);
      const isKept = table.columns.map(({ name }) => !isHidden(one, named, name) || !isHidden(other, named, name));

      return {
        ...table,
        columns: table.columns.filter((_, at) => isKept[at]),
        rows: table.rows.map((row) => row.filter((_, at) => isKept[at])),
      };
    }),
  });

  return [drop(one), drop(other)];
}

/** Replaces one value by another wherever a cell holds it. */
export function replaceCells(snapshot: Snapshot, from: string, to: string): Snapshot {
  return {
    ...snapshot,
    tables: snapshot.tables.map((table) => ({
      ...table,
      rows: table.rows.map((row) => row.map((cell) => (cell === from ? to : cell))),
    })),
  };
}

function differs(table: SnapshotTable, twin: SnapshotTable, name: string): boolean {
  return JSON.stringify(listCells(table, name)) !== JSON.stringify(listCells(twin, name));
}

/** Whether a cell holds the day or the minute of the run, in any zone and style that it is run in. */
function isDated(table: SnapshotTable, name: string, now: Date): boolean {
  const texts = listClockTexts(now);

  return listCells(table, name).some((cell) => cell !== null && texts.some((text) => cell.includes(text)));
}

function listClockTexts(now: Date): readonly string[] {
  const at = (ms: number): string => new Date(now.getTime() + ms).toISOString();
  const days = [-DAY_MS, 0, DAY_MS].flatMap((ms) => {
    const [year, month, day] = at(ms).slice(0, 10).split("-");

    return [`${year}-${month}-${day}`, `${day}/${month}/${year}`, `${month}/${day}/${year}`];
  });
  const minutes = [0, OTHER_ZONE.offsetMs].flatMap((zone) => [-MINUTE_MS, 0].map((ms) => at(zone + ms).slice(11, 16)));

  return [...days, ...minutes];
}

function listCells({ columns, rows }: SnapshotTable, name: string): readonly (string | null)[] {
  const at = columns.findIndex((column) => column.name === name);

  return rows.map((row) => row[at] ?? null).toSorted();
}
