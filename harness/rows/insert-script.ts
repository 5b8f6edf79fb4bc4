/** Formats rows as plain INSERT statements that run in psql (pure). */
import { escapeIdentifier, escapeLiteral } from "pg";
import type { TablePlan } from "./row-plan.ts";
import type { Cell } from "./value-request.ts";

type Cells = Readonly<Record<string, Cell>>;

/** Accepted rows of one table that were inserted together. */
export interface RowInsert {
  readonly of: TablePlan;
  readonly accepted: readonly Cells[];
  /** A row of another table that was inserted before them, in the same transaction. */
  readonly first?: { readonly of: TablePlan; readonly cells: Cells };
  /** When, among all that were inserted. */
  readonly at: number;
}

/**
 * Formats the accepted rows in the order in which they were inserted. Sequences are set before each INSERT, so that they
 * give the same values again, and UPDATEs close cycles at the end.
 */
export function formatInserts(
  tables: readonly { readonly inserted: readonly RowInsert[]; readonly updates: readonly string[] }[],
): string {
  const inserts = tables
    .flatMap(({ inserted }) => inserted)
    .sort((left, right) => left.at - right.at)
    .flatMap(({ of, accepted, first }) =>
      first === undefined || accepted.length === 0
        ? splitAtGaps(of, accepted).map((rows) => formatInsert(of, rows))
        : formatTogether([formatInsert(first.of, [first.cells]), formatInsert(of, accepted)]),
    );
  const updates = tables.flatMap((table) => table.updates.map((update) => `${update};`));

  return [...inserts, ...updates].join("\n");
}

/** One statement, so that what runs at the end of a transaction sees all rows. */
function formatTogether(inserts: readonly string[]): string {
  const body = inserts.join("\n").replace(/^SELECT setval/gm, "PERFORM setval");
  let tag = "rows";
  while (body.includes(`$${tag}$`)) tag = `${tag}_`;

  return `DO $${tag}$\nBEGIN\n${body}\nEND\n$${tag}$;`;
}

/** As SQL names it. */
export function qualifiedName({ table }: TablePlan): string {
  return `${escapeIdentifier(table.schema)}.${escapeIdentifier(table.name)}`;
}

/** Rows whose numbers follow each other, so that the sequences are set once for all of them. */
function splitAtGaps({ counted }: TablePlan, rows: readonly Cells[]): readonly (readonly Cells[])[] {
  const [id] = counted;
  const groups: Cells[][] = [];
  for (const row of rows) {
    const last = groups.at(-1)?.at(-1);
    const follows = last !== undefined && (id === undefined || Number(row[id.column]) === Number(last[id.column]) + 1);
    if (follows) groups.at(-1)?.push(row);
    else groups.push([row]);
  }

  return groups;
}

/** One INSERT, with the values of sequences set before it. */
export function formatInsert(of: TablePlan, rows: readonly Cells[]): string {
  const names = of.columns
    .filter(({ column }) => rows.some((cells) => isNeeded(cells[column.name], column.default)))
    .map(({ column }) => column.name);
  const sequences = of.counted.map(
    ({ column, sequence }) => `SELECT setval(${escapeLiteral(sequence)}, ${rows[0]?.[column]}, false);`,
  );
  const into = `INSERT INTO ${qualifiedName(of)}`;
  const lines = rows.map((cells) => `(${names.map((name) => formatCell(cells[name])).join(", ")})`);
  const columns = names.map((name) => escapeIdentifier(name)).join(", ");

  return [
    ...sequences,
    ...(names.length === 0
      ? rows.map(() => `${into} DEFAULT VALUES;`)
      : [`${into} (${columns})\nVALUES\n  ${lines.join(",\n  ")};`]),
  ].join("\n");
}

/** A column without a default is NULL where it is left out. */
function isNeeded(value: Cell, columnDefault: string | null): boolean {
  return value !== undefined && (value !== null || columnDefault !== null);
}

function formatCell(value: Cell): string {
  return value === undefined ? "DEFAULT" : value === null ? "NULL" : escapeLiteral(value);
}
