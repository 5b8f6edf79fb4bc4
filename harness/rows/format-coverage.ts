/** Formats how well datasets covered a schema (pure). */
import type { ColumnCoverage, TableCoverage } from "./coverage.ts";

/** Formats the coverage for people: for each table its rows, for its columns the odd values tried and never tried. */
export function formatCoverage(tables: readonly TableCoverage[]): string {
  return tables.flatMap((table) => [formatRows(table), ...formatColumns(table).map((line) => `  ${line}`)]).join("\n");
}

/** One sentence for each table without a row: why, and what the user can do about it. */
export function explainEmptyTables(tables: readonly TableCoverage[]): readonly string[] {
  return tables.filter(isEmpty).map(formatRows);
}

/** A table that a trigger fills needs no rows of its own. */
function isEmpty({ accepted, rejected, advice }: TableCoverage): boolean {
  return accepted === 0 && (rejected > 0 || advice !== undefined);
}

function formatRows(coverage: TableCoverage): string {
  const { table, accepted, rejected, reason, advice } = coverage;
  const more = advice === undefined ? "" : `; ${advice}`;
  if (isEmpty(coverage)) return `${table}: no row was accepted: ${reason}${more}`;
  if (accepted === 0) return `${table}: no rows${reason === undefined ? "" : `: ${reason}`}`;
  const rows = `${table}: ${accepted} ${accepted === 1 ? "row" : "rows"} accepted`;

  return rejected === 0 ? rows : `${rows}, ${rejected} rejected: ${reason}`;
}

/** Columns with the same odd values share a line. */
function formatColumns({ accepted, columns }: TableCoverage): readonly string[] {
  if (accepted === 0) return [];
  const names = new Map<string, string[]>();
  for (const column of columns) {
    const values = formatValues(column);
    if (values !== "") names.set(values, [...(names.get(values) ?? []), column.column]);
  }

  return [...names].map(([values, of]) => `${of.join(", ")}: ${values}`);
}

function formatValues({ tried, missed }: ColumnCoverage): string {
  return [
    ...(tried.length === 0 ? [] : [`tried ${tried.join(", ")}`]),
    ...(missed.length === 0 ? [] : [`never tried ${missed.join(", ")}`]),
  ].join("; ");
}
