/**
 * Rows with one optional parent each (pure): a table whose rows belong to this or to that has one in each row. And rows
 * that share no parent: whether a parent has one child or many, a foreign key does not say.
 */
import type { Dataset, Row } from "../../../harness/rows/generate-row.ts";
import type { RowPlan } from "../../../harness/rows/row-plan.ts";

/**
 * The dataset with each optional parent in turn, and no other; undefined where that is the same one.
 * @param isOwn gives each row a parent of its own, if there are as many
 */
export function withSingleParents(dataset: Dataset, { byKey }: RowPlan, isOwn: boolean): Dataset | undefined {
  const single = Object.fromEntries(
    Object.entries(dataset).map(([table, rows]) => {
      const optional = (byKey.get(table)?.links ?? []).filter(({ required }) => !required).map(({ name }) => name);

      return [table, rows.map((row, index) => ({ ...row, picks: choosePicks(row, optional, { index, isOwn }) }))];
    }),
  );

  return JSON.stringify(single) === JSON.stringify(dataset) ? undefined : single;
}

function choosePicks(
  { picks }: Row,
  optional: readonly string[],
  { index, isOwn }: { readonly index: number; readonly isOwn: boolean },
): Row["picks"] {
  const present = optional.filter((name) => name in picks);
  const chosen = present[index % Math.max(present.length, 1)];
  const kept = Object.entries(picks).filter(([name]) => !present.includes(name) || name === chosen);

  return Object.fromEntries(kept.map(([name, pick]) => [name, isOwn ? index : pick]));
}
