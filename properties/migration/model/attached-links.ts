/** The foreign keys that the rows of a table must meet since it becomes a partition (pure). */
import { nameColumns, type TableModel, tableKey } from "../../../harness/rows/schema-model.ts";
import type { Assumption, Schemas, TablePair } from "./assumption.ts";
import { nameTable, ownRows } from "./condition-rows.ts";
import { listPairs } from "./more-aims.ts";
import { hasParent } from "./pair-conditions.ts";

export interface AttachedLink {
  /** As datasets name it. */
  readonly table: string;
  readonly constraint: string;
  readonly reason: string;
  readonly assumption: Assumption | undefined;
}

/** A foreign key that the table has itself is not checked again (PostgreSQL manual, ALTER TABLE, ATTACH PARTITION). */
export function findAttachedLinks(schemas: Schemas): readonly AttachedLink[] {
  return listPairs(schemas)
    .filter(({ before, after }) => after.isPartition && !before.isPartition)
    .flatMap((pair) => listAncestors(pair.after, schemas).flatMap((parent) => listLinks(parent, pair)));
}

function listLinks(parent: TableModel, { before, schemas }: TablePair): readonly AttachedLink[] {
  return parent.foreignKeys.flatMap((link): readonly AttachedLink[] => {
    const columns = nameColumns(parent, link.columns);
    const isThere = before.foreignKeys.some(
      (own) => own.table === link.table && String(nameColumns(before, own.columns)) === String(columns),
    );
    if (isThere) return [];
    const target = link.isTemporal ? undefined : schemas.before.tables.find(({ oid }) => oid === link.table);
    const rows = ownRows(before, schemas.before);
    const reason = `it becomes a partition of ${nameTable(parent).table}, with the foreign key ${link.name}`;
    const assumption = target && {
      ...nameTable(before),
      ...hasParent(link, columns, rows, ownRows(target, schemas.before)),
    };

    return [{ table: tableKey(before), constraint: link.name, reason, assumption }];
  });
}

function listAncestors({ parents }: TableModel, schemas: Schemas): readonly TableModel[] {
  return schemas.after.tables
    .filter(({ oid, kind }) => kind === "p" && parents.includes(oid))
    .flatMap((parent) => [parent, ...listAncestors(parent, schemas)]);
}
