/** Keeps generated ids near each other (pure): a loop that walks the ids in batches ends within seconds. */
import type { Dataset } from "../../../harness/rows/generate-row.ts";
import type { RowPlan, TablePlan } from "../../../harness/rows/row-plan.ts";

/** Wider than a batch, and yet a loop of small batches passes it within a second. */
const FARTHEST = 10_000;

/** The dataset with the whole numbers of primary keys no farther from 0 than that. */
export function withNearKeys(dataset: Dataset, { byKey }: RowPlan): Dataset {
  return Object.fromEntries(
    Object.entries(dataset).map(([table, rows]) => {
      const of = byKey.get(table);
      const names = of === undefined ? [] : findIds(of);

      return [
        table,
        rows.map((row) => ({
          ...row,
          cells: {
            ...row.cells,
            ...Object.fromEntries(names.map((name) => [name, toNear(row.cells[name])])),
          },
        })),
      ];
    }),
  );
}

function findIds({ columns, primaryKey }: TablePlan): readonly string[] {
  return columns
    .filter(({ column }) => primaryKey.includes(column.name) && /^(?:integer|bigint)$/.test(column.typeName))
    .map(({ column }) => column.name);
}

function toNear(value: string | null | undefined): string | null | undefined {
  return typeof value === "string" && /^-?\d+$/.test(value) ? String(BigInt(value) % BigInt(FARTHEST)) : value;
}
