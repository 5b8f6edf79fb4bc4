import { readFileSync } from "node:fs";
import type { QueryJson } from "../database/pinned-settings.ts";
import { codePath } from "../files/installation.ts";
import type { SchemaModel, TableModel, TypeModel } from "./schema-model.ts";

const query = readFileSync(codePath("harness/rows/schema.sql"), "utf8");

/** Reads the schema in one query; tables of extensions and of PostgreSQL itself are left out. */
export async function readSchema(queryJson: QueryJson): Promise<SchemaModel> {
  const { tables, types, functions } = (await queryJson(query)) as {
    tables: readonly TableModel[];
    types: readonly TypeModel[];
    functions: SchemaModel["functions"];
  };

  const byOid = new Map(types.map((type) => [type.oid, type]));

  return { tables: tables.map((table) => withDomains(table, byOid)), types: byOid, functions };
}

/** A column is NOT NULL if a domain of its type is (PostgreSQL manual, CREATE DOMAIN). */
function withDomains(table: TableModel, types: SchemaModel["types"]): TableModel {
  const refusesNull = (type: TypeModel | undefined): boolean =>
    type?.kind === "d" && (type.notNull || refusesNull(types.get(type.base ?? "")));
  const columns = table.columns.map((column) =>
    column.notNull || !refusesNull(types.get(column.type)) ? column : { ...column, notNull: true },
  );

  return { ...table, columns };
}
