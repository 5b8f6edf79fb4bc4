/** Orders tables so that parents come before their children (pure). */
import type { ForeignKeyModel, TableModel } from "./schema-model.ts";

/** Parents come first; a cycle is broken at a foreign key that may be NULL. */
export function orderTables(
  tables: readonly TableModel[],
  byOid: ReadonlyMap<string, TableModel>,
): readonly TableModel[] {
  const ordered = new Set<TableModel>();
  const left = new Set(tables);
  const parents = new Map(tables.map((table) => [table, findParents(table, byOid)]));
  const isReady = (table: TableModel, requiredOnly: boolean): boolean =>
    parents.get(table)?.every(({ parent, required }) => ordered.has(parent) || (requiredOnly && !required)) === true;
  while (left.size > 0) {
    const waiting = [...left];
    const ready = waiting.filter((table) => isReady(table, false));
    const breaking = waiting.find((table) => isReady(table, true)) ?? findCycle(waiting, parents) ?? waiting[0];
    for (const table of ready.length > 0 || breaking === undefined ? ready : [breaking]) {
      ordered.add(table);
      left.delete(table);
    }
  }

  return [...ordered];
}

type Required = ReadonlyMap<TableModel, readonly { readonly parent: TableModel; readonly required: boolean }[]>;

/** A table of a cycle that needs no other cycle: all tables that it needs are in turn in need of it. */
function findCycle(tables: readonly TableModel[], parents: Required): TableModel | undefined {
  const needs = (table: TableModel): ReadonlySet<TableModel> => {
    const found = new Set([table]);
    for (const each of found)
      for (const { parent, required } of parents.get(each) ?? [])
        if (required && tables.includes(parent)) found.add(parent);

    return found;
  };

  return tables.find((table) => [...needs(table)].every((other) => needs(other).has(table)));
}

function findParents(table: TableModel, byOid: ReadonlyMap<string, TableModel>) {
  return table.foreignKeys.flatMap((key) => {
    const parent = findRoot(key.table, byOid);

    return parent === undefined || parent === table ? [] : [{ parent, required: isRequired(key, table) }];
  });
}

/** True where no column of a foreign key may be NULL. */
export function isRequired({ columns }: ForeignKeyModel, table: TableModel): boolean {
  return columns.every((number) => table.columns.find((column) => column.number === number)?.notNull !== false);
}

/** The partitioned table at the top for a partition, the table itself for others. */
export function findRoot(oid: string, byOid: ReadonlyMap<string, TableModel>): TableModel | undefined {
  let table = byOid.get(oid);
  while (table?.isPartition === true && table.parents[0] !== undefined) table = byOid.get(table.parents[0]);

  return table;
}
