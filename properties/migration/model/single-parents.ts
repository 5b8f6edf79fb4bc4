/** Rows with one optional parent each (pure): a table whose rows belong to this or to that has one in each row. */
import type { Dataset, Row } from "../../../harness/rows/generate-row.ts";
import type { RowPlan } from "../../../harness/rows/row-plan.ts";

/** The dataset with each optional parent in turn, and no other; undefined where no row has several. */
export function withSingleParents(dataset: Dataset, { byKey }: RowPlan): Dataset | undefined {
  let hasSeveral = false;
  const single = Object.entries(dataset).map(([table, rows]) => {
    const optional = (byKey.get(table)?.links ?? []).filter(({ required }) => !required).map(({ name }) => name);
    const chooseParent = (row: Row, index: number): Row => {
      const others = optional.filter((name) => name in row.picks);
      if (others.length < 2) return row;
      hasSeveral = true;
      others.splice(index % others.length, 1);

      return {
        ...row,
        picks: Object.fromEntries(Object.entries(row.picks).filter(([name]) => !others.includes(name))),
      };
    };

    return [table, rows.map(chooseParent)] as const;
  });

  return hasSeveral ? Object.fromEntries(single) : undefined;
}
