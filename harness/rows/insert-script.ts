/** Rows as plain INSERT statements that run in psql (pure). */
import { escapeIdentifier, escapeLiteral } from "pg";
import type { Cell } from "./generate-row.ts";
import { type LoadedTable, qualifiedName, sequencesOf } from "./load-rows.ts";
import type { RowPlan } from "./row-plan.ts";

/** One INSERT a table, parents first; sequences are set first, so that they give the same values again. */
export function formatInserts(plan: RowPlan, tables: readonly LoadedTable[]): string {
  return tables
    .filter(({ accepted }) => accepted.length > 0)
    .flatMap(({ of, accepted }) => {
      const names = of.columns
        .filter(({ column }) => accepted.some((cells) => isNeeded(cells[column.name], column.default)))
        .map(({ column }) => column.name);
      const rows = accepted.map((cells) => `(${names.map((name) => formatCell(cells[name])).join(", ")})`);
      const sequences = Object.entries(sequencesOf(plan, of)).map(
        ([name, value]) => `SELECT setval(${escapeLiteral(name)}, ${value}, false);`,
      );
      const into = `INSERT INTO ${qualifiedName(of)}`;
      const insert =
        names.length === 0
          ? accepted.map(() => `${into} DEFAULT VALUES;`)
          : [
              `${into} (${names.map((name) => escapeIdentifier(name)).join(", ")})\nVALUES\n  ${rows.join(",\n  ")};`,
            ];

      return [...sequences, ...insert];
    })
    .join("\n");
}

/** A column without a default is NULL where it is left out. */
function isNeeded(value: Cell, columnDefault: string | null): boolean {
  return value !== undefined && (value !== null || columnDefault !== null);
}

function formatCell(value: Cell): string {
  return value === undefined ? "DEFAULT" : value === null ? "NULL" : escapeLiteral(value);
}
