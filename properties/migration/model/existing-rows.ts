import type { Snapshot } from "../../../harness/catalog/snapshot.ts";
import type { ExistingRows } from "../../../harness/rows/known-rows.ts";
import type { RowPlan } from "../../../harness/rows/row-plan.ts";

/** The rows of a snapshot as the generation of further rows takes them. */
export function toExistingRows({ tables }: Pick<Snapshot, "tables">): ExistingRows {
  return Object.fromEntries(
    tables.map(({ schema, name, columns, rows }) => [
      `${schema}.${name}`,
      rows.map((row) => Object.fromEntries(columns.map((column, at) => [column.name, row[at] ?? null]))),
    ]),
  );
}

/**
 * Without the keys that differ in each copy of a database, such as those of gen_random_uuid(): a row that refers to one could
 * not be inserted into another copy. Rows without a key are no parents.
 * @param texts of what made the rows: a key that they name is the same in each copy
 */
export function dropRandomKeys(existing: ExistingRows, { tables }: RowPlan, texts: readonly string[]): ExistingRows {
  const referenced = new Set(
    tables.flatMap(({ links }) => links.flatMap((link) => link.references.map((name) => `${link.parent} ${name}`))),
  );
  const random = tables.map(({ key, columns }) => {
    const names = columns.flatMap(({ column, hasConstantDefault }) =>
      column.default === null || hasConstantDefault || !referenced.has(`${key} ${column.name}`) ? [] : [column.name],
    );

    return [key, names] as const;
  });
  const isNamed = (value: string | null | undefined) =>
    typeof value === "string" && texts.some((sql) => sql.includes(value));
  const dropped = random.flatMap(([key, names]) => {
    const rows = existing[key] ?? [];
    if (names.length === 0 || rows.length === 0) return [];
    const without = rows.map((row) => ({
      ...row,
      ...Object.fromEntries(names.flatMap((name) => (isNamed(row[name]) ? [] : [[name, null]]))),
    }));

    return [[key, without] as const];
  });

  return { ...existing, ...Object.fromEntries(dropped) };
}
