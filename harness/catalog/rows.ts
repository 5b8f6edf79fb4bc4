/**
 * The rows of a table as data: every value as PostgreSQL writes it as text, so that nothing is rounded or parsed on
 * the way and NULL stays apart from the empty text.
 */
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
  /** Columns that together tell one row from another. */
  readonly key: readonly string[];
  /** Read these columns and the key only: so rows after a migration compare with those before. Default: all. */
  readonly only?: readonly string[];
  /** Columns to leave out. Not each of them has to exist. */
  readonly except?: readonly string[];
}

interface Table {
  readonly name: string;
  readonly columns: readonly string[];
}

/**
 * Reads all rows of a table that the session may see, in two round trips and one answer: for tables of up to some
 * 100,000 rows. The result does not depend on the session's settings.
 *
 * @param ask under pinned settings
 * @param table qualified and quoted as in SQL: `public.organizations`
 * @throws HarnessError where there is no such table or column, or where the key does not tell rows apart
 */
export async function readRows(ask: QueryJson, table: string, options: RowOptions): Promise<TableRows> {
  const { key } = options;
  const { name, columns: all } = await tableOf(ask, table);
  const columns = chosen(name, all, options);
  const values = columns.map((column) => `t.${escapeIdentifier(column)}::text`).join(", ");
  const order = key.map((column) => `t.${escapeIdentifier(column)}`).join(", ");
  const told = (await ask(
    `SELECT json_agg(ARRAY[${values}] ORDER BY ${order})::text AS answer FROM ${name} AS t`,
  )) as (string | null)[][] | null;
  const rows = (told ?? []).map((row) =>
    Object.fromEntries(columns.map((column, at) => [column, row[at] ?? null])),
  );
  refuseTwins(name, key, rows);

  return { table: name, key, columns, rows };
}

async function tableOf(ask: QueryJson, table: string): Promise<Table> {
  const found = (await ask(
    `SELECT json_build_object('name', max(attrelid::regclass::text), 'columns', json_agg(attname ORDER BY attnum))::text
       AS answer
     FROM pg_attribute WHERE attrelid = to_regclass(${escapeLiteral(table)}) AND attnum > 0 AND NOT attisdropped`,
  )) as { name: string; columns: string[] | null };

  if (found.columns === null) {
    throw new HarnessError(`there is no table ${table} to read rows from`, "Name the table with its schema");
  }

  return { name: found.name, columns: found.columns };
}

function chosen(table: string, all: readonly string[], { key, only, except = [] }: RowOptions): string[] {
  const missing = [...key, ...(only ?? [])].filter((column) => !all.includes(column));

  if (missing.length > 0 || key.length === 0) {
    throw new HarnessError(
      key.length === 0
        ? `no key is given to tell the rows of ${table} apart`
        : `${table} has no column ${missing[0]}`,
      `Choose from its columns: ${all.join(", ")}`,
    );
  }

  return all.filter(
    (column) => key.includes(column) || ((only ?? all).includes(column) && !except.includes(column)),
  );
}

function refuseTwins(table: string, key: readonly string[], rows: readonly TableRow[]): void {
  const keys = new Set(rows.map((row) => JSON.stringify(key.map((column) => row[column]))));

  if (keys.size < rows.length) {
    throw new HarnessError(
      `the key (${key.join(", ")}) does not tell all rows of ${table} apart`,
      "Choose a key that is unique",
    );
  }
}
