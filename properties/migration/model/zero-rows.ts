/** Rows of zeros and empty texts (pure): a division, a logarithm or a cast often fails on these alone. */
import type { Dataset } from "../../../harness/rows/generate-row.ts";
import type { RowPlan, TablePlan } from "../../../harness/rows/row-plan.ts";

const ZEROS: readonly (readonly [type: RegExp, zero: string])[] = [
  [/^(?:smallint|integer|bigint|numeric|real|double precision)/, "0"],
  [/^(?:text|character varying)/, ""],
];

/** The dataset with a zero or an empty text in each cell that no key, foreign key or CHECK is about. */
export function withZeros(dataset: Dataset, { byKey }: RowPlan): Dataset {
  return Object.fromEntries(
    Object.entries(dataset).map(([table, rows]) => {
      const of = byKey.get(table);
      const zeros = of === undefined ? {} : findZeros(of);

      return [table, rows.map((row) => ({ ...row, cells: { ...row.cells, ...zeros } }))];
    }),
  );
}

function findZeros({ columns, links, checks, primaryKey }: TablePlan): Readonly<Record<string, string>> {
  const taken = new Set([
    ...primaryKey,
    ...links.flatMap((link) => link.columns),
    ...checks.flat(2).map(({ column }) => column),
  ]);

  return Object.fromEntries(
    columns.flatMap(({ column: { name, typeName }, distinct }) => {
      const zero = ZEROS.find(([type]) => type.test(typeName))?.[1];

      return zero === undefined || distinct || taken.has(name) || typeName.endsWith("[]") ? [] : [[name, zero]];
    }),
  );
}
