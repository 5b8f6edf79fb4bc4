/** Formats rows as plain INSERT statements that run in psql (pure). */
import { escapeIdentifier, escapeLiteral } from "pg";
import { type LoadedTable, qualifiedName } from "./load-rows.ts";
import type { TablePlan } from "./row-plan.ts";
import type { Cell } from "./value-request.ts";

type Cells = Readonly<Record<string, Cell>>;

/**
 * Formats the accepted rows, parents first. Sequences are set before each INSERT, so that they give the same values
 * again, and UPDATEs close cycles at the end.
 */
export function formatInserts(tables: readonly Pick<LoadedTable, "of" | "accepted" | "updates">[]): string {
  const inserts = tables.flatMap(({ of, accepted }) => splitAtGaps(of, accepted).map((rows) => formatInsert(of, rows)));
  const updates = tables.flatMap((table) => table.updates.map((update) => `${update};`));

  return [...inserts, ...updates].join("\n");
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

function formatInsert(of: TablePlan, rows: readonly Cells[]): string {
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
