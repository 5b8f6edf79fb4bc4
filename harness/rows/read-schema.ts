import { readFileSync } from "node:fs";
import type { QueryJson } from "../database/pinned-settings.ts";
import { codePath } from "../files/installation.ts";
import type { SchemaModel, TableModel, TypeModel } from "./schema-model.ts";

const query = readFileSync(codePath("harness/rows/schema.sql"), "utf8");

/** Reads the schema in one query; tables of extensions and of PostgreSQL itself are left out. */
export async function readSchema(queryJson: QueryJson): Promise<SchemaModel> {
  const { tables, types } = (await queryJson(query)) as {
    tables: readonly TableModel[];
    types: readonly TypeModel[];
  };

  return { tables, types: new Map(types.map((type) => [type.oid, type])) };
}
