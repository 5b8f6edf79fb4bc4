/** Finds columns that name a row of another table, though no foreign key says so (pure). */
import type { Snapshot, SnapshotTable } from "../../../harness/catalog/snapshot.ts";
import { formatTable } from "./matched-tables.ts";
import { quoteName } from "./names.ts";

/**
 * Statements that let each column such as `account_id` point to a row of `account` or `accounts`, so that joins find rows.
 */
export function formatLinks({ tables, catalog }: Snapshot): readonly string[] {
  const foreign = [...catalog.values()].flatMap(
    ({ definition = "" }) => /^FOREIGN KEY \((.*?)\)/.exec(definition ?? "")?.[1] ?? [],
  );

  return tables.flatMap((table) =>
    table.columns.flatMap(({ name, number, type }) => {
      const [, base] = /^(.+)_id$/.exec(name) ?? [];
      if (base === undefined || table.key.includes(number) || foreign.includes(quoteName(name))) return [];
      const target = tables.find((each) => [base, `${base}s`, `${base}es`].includes(each.name) && hasKey(each, type));
      if (target === undefined) return [];
      const key = quoteName(target.columns.find((column) => column.number === target.key[0])?.name ?? "");

      return [
        `UPDATE ${formatTable(table)} SET ${quoteName(name)} = (SELECT min(${key}) FROM ${formatTable(target)});`,
      ];
    }),
  );
}

/** Of one column of a type that has a least value, and with a row. */
function hasKey({ key, columns, rows }: SnapshotTable, type: string): boolean {
  const column = columns.find(({ number }) => number === key[0]);

  return (
    key.length === 1 && rows.length > 0 && column?.type === type && /^(?:smallint|integer|bigint|text)$/.test(type)
  );
}
