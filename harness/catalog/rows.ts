/** Reads the rows of a table, every value as the text that PostgreSQL formats: nothing is rounded, and NULL is not "". */
import { escapeIdentifier, escapeLiteral } from "pg";
import type { QueryJson } from "../database/pinned-settings.ts";
import { HarnessError } from "../errors.ts";

/** The text of each column; null is NULL. */
export type TableRow = Readonly<Record<string, string | null>>;

export interface TableRows {
  /** The table's qualified name, as PostgreSQL writes it. */
  readonly table: string;
  readonly key: readonly string[];
  /** The columns read, in the order of the table. */
  readonly columns: readonly string[];
  /** Sorted by key as the key's own types sort. */
  readonly rows: readonly TableRow[];
}

export interface RowOptions {
  readonly key: readonly string[];
  /** Read only these columns and the key, to compare rows across a migration. Default: all. */
  readonly only?: readonly string[];
  readonly except?: readonly string[];
}

interface Table {
  readonly name: string;
  readonly columns: readonly string[];
}

/**
 * Reads all rows of a table that are visible to the session, in two round trips and one result: for tables of up to some
 * 100,000 rows. The result does not depend on the session's settings.
 *
 * @param query runs under pinned settings
 * @param table qualified and quoted as in SQL: `public.organizations`
 * @throws HarnessError if there is no such table or column, or if the key is not unique
 */
export async function readRows(query: QueryJson, table: string, options: RowOptions): Promise<TableRows> {
  const { key } = options;
  const { name, columns: all } = await findTableColumns(query, table);
  const columns = selectColumns(name, all, options);
  const values = columns.map((column) => `t.${escapeIdentifier(column)}::text`).join(", ");
  const order = key.map((column) => `t.${escapeIdentifier(column)}`).join(", ");
  const answer = (await query(
    `SELECT json_agg(ARRAY[${values}] ORDER BY ${order})::text AS answer FROM ${name} AS t`,
  )) as (string | null)[][] | null;
  const rows = (answer ?? []).map((row) => Object.fromEntries(columns.map((column, at) => [column, row[at] ?? null])));
  requireUniqueKey(name, key, rows);

  return { table: name, key, columns, rows };
}

async function findTableColumns(query: QueryJson, table: string): Promise<Table> {
  const found = (await query(
    `SELECT json_build_object('name', max(attrelid::regclass::text), 'columns', json_agg(attname ORDER BY attnum))::text
       AS answer
     FROM pg_attribute WHERE attrelid = to_regclass(${escapeLiteral(table)}) AND attnum > 0 AND NOT attisdropped`,
  )) as { name: string; columns: string[] | null };

  if (found.columns === null) {
    throw new HarnessError(`there is no table ${table} to read rows from`, "Name the table with its schema");
  }

  return { name: found.name, columns: found.columns };
}

function selectColumns(table: string, all: readonly string[], { key, only, except = [] }: RowOptions): string[] {
  const missing = [...key, ...(only ?? [])].filter((column) => !all.includes(column));

  if (missing.length > 0 || key.length === 0) {
    throw new HarnessError(
      key.length === 0 ? `no key is given to identify the rows of ${table}` : `${table} has no column ${missing[0]}`,
      `Choose from its columns: ${all.join(", ")}`,
    );
  }

  return all.filter((column) => key.includes(column) || ((only ?? all).includes(column) && !except.includes(column)));
}

function requireUniqueKey(table: string, key: readonly string[], rows: readonly TableRow[]): void {
  const keys = new Set(rows.map((row) => JSON.stringify(key.map((column) => row[column]))));

  if (keys.size < rows.length) {
    throw new HarnessError(
      `the key (${key.join(", ")}) does not identify each row of ${table}`,
      "Choose a key that is unique",
    );
  }
}
