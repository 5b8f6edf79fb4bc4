/** Rows of texts that are one longer than a limit (pure): chance seldom finds a limit that the schema does not show. */
import type { Dataset, Row } from "../../../harness/rows/generate-row.ts";
import type { RowPlan, TablePlan } from "../../../harness/rows/row-plan.ts";

/** The dataset with a row for each limit: its texts, but those of keys and foreign keys, are one longer than it. */
export function withLongTexts(dataset: Dataset, { byKey }: RowPlan, limits: readonly number[]): Dataset {
  return Object.fromEntries(
    Object.entries(dataset).map(([table, rows]) => {
      const of = byKey.get(table);

      return [
        table,
        of === undefined ? rows : limits.flatMap((limit, at) => lengthen(rows[at % rows.length], of, limit)),
      ];
    }),
  );
}

function lengthen(row: Row | undefined, of: TablePlan, limit: number): readonly Row[] {
  if (row === undefined) return [];
  const fixed = new Set([
    ...of.primaryKey,
    ...of.links.flatMap((link) => link.columns),
    ...of.checks.flat(2).map(({ column }) => column),
  ]);
  const texts = of.columns.filter(
    ({ column: { name, typeName, typmod } }) =>
      /^(?:text|character varying)/.test(typeName) &&
      !typeName.endsWith("[]") &&
      !fixed.has(name) &&
      (typmod < 0 || typmod - 4 > limit),
  );
  const long = Object.fromEntries(texts.map(({ column }) => [column.name, "x".repeat(limit + 1)]));

  return [{ ...row, cells: { ...row.cells, ...long } }];
}
