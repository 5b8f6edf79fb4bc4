/** Rows of which each has an odd value in one column: what a calculation, a cast or a pattern often fails on (pure). */
import type { Arbitrary } from "fast-check";
import { type DatasetOptions, datasets } from "./dataset.ts";
import type { Dataset } from "./generate-row.ts";
import type { RowPlan, TablePlan } from "./row-plan.ts";
import type { ColumnModel, SchemaModel } from "./schema-model.ts";
import type { Cell } from "./value-request.ts";

/** One column of a table, by its key. */
export interface ColumnName {
  readonly table: string;
  readonly column: string;
}

/** Longer than most limits. */
const LONG = 300;

const NUMBERS: Readonly<Record<string, readonly string[]>> = {
  int2: ["0", "-1", "32767", "-32768"],
  int4: ["0", "-1", "2147483647", "-2147483648"],
  int8: ["0", "-1", "9223372036854775807", "-9223372036854775808"],
  numeric: ["0", "-1"],
  float4: ["0", "-1", "NaN"],
  float8: ["0", "-1", "NaN"],
};

/** Empty, no number, no regular expression, no escape at the end, and long. */
const TEXTS = ["", "x", "-1", "(", "\\"];
const JSON_VALUES = ["{}", "[]", "null", '"x"', "0"];

/**
 * An arbitrary of datasets with rows of the given tables, and of the column's table a row for each odd value.
 * @returns undefined where the column has none, such as one that a foreign key or a sequence fills
 */
export function oddDatasets(
  plan: RowPlan,
  { table, column }: ColumnName,
  { tables = [table], ...options }: DatasetOptions = {},
): Arbitrary<Dataset> | undefined {
  const of = plan.byKey.get(table);
  const values = of === undefined ? [] : listOddValues(of, column, plan.schema);
  if (values.length === 0) return undefined;
  const count = { rowsMin: values.length, rowsMax: values.length };

  return datasets(plan, { levels: "mild", ...options, ...count, tables }).map((dataset) => ({
    ...dataset,
    [table]: (dataset[table] ?? []).map((row, index) => ({
      ...row,
      cells: { ...row.cells, [column]: values[index] ?? null },
    })),
  }));
}

function listOddValues({ columns, links }: TablePlan, name: string, { types }: SchemaModel): readonly Cell[] {
  const column = columns.find((one) => one.column.name === name)?.column;
  if (column === undefined || links.some((link) => link.columns.includes(name))) return [];

  return [...(column.notNull ? [] : [null]), ...listValues(column, types)];
}

function listValues({ type, typeName }: ColumnModel, types: SchemaModel["types"]): readonly string[] {
  const { name = "", category = "", kind = "" } = types.get(type) ?? {};
  if (kind !== "b") return [];
  if (/^jsonb?$/.test(name)) return JSON_VALUES;
  if (category === "A") return ["{}"];
  if (category !== "S") return NUMBERS[name] ?? [];
  const limit = Number(/\((\d+)\)/.exec(typeName)?.[1] ?? LONG);

  return [...new Set([...TEXTS, "x".repeat(limit)])].filter((text) => text.length <= limit);
}
