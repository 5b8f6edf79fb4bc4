/** The rows that a condition is about, as SQL names them before the migration (pure). */
import { type SchemaModel, type TableModel, tableKey } from "../../../harness/rows/schema-model.ts";
import { quoteName } from "./names.ts";

export interface ConditionRows {
  /** Whose names of columns the condition uses. */
  readonly table: TableModel;
  /** An item of FROM without an alias, with the columns `tableoid` and `ctid`. */
  readonly from: string;
  /** The same as a comment names it. */
  readonly name: string;
}

/** Queries of the rows that break a condition; without a semicolon. */
export interface BrokenQueries {
  /** One row with one number. */
  readonly count: string;
  /** Their values in the columns that matter; of repeated values each once, with their number. */
  readonly values: string;
}

/** A table by its names. */
export interface TableNames {
  /** As a comment names it: with its schema unless that is `public`. */
  readonly table: string;
  /** Qualified, as SQL names it. */
  readonly from: string;
  /** `schema.name`, as datasets name it. */
  readonly key: string;
}

export function nameTable({ schema, name }: TableModel): TableNames {
  const from = `${quoteName(schema)}.${quoteName(name)}`;

  return { table: schema === "public" ? quoteName(name) : from, from, key: tableKey({ schema, name }) };
}

/**
 * The rows of a table. A key of a table from which others inherit is none of theirs (PostgreSQL manual, 5.11.1 Caveats);
 * one of a partitioned table is.
 */
export function ownRows(table: TableModel, { tables }: SchemaModel): ConditionRows {
  const isInherited = table.kind === "r" && tables.some(({ parents }) => parents.includes(table.oid));
  const only = isInherited ? "ONLY " : "";
  const { from, table: name } = nameTable(table);

  return { table, from: `${only}${from}`, name: `${only}${name}` };
}

/** An item of FROM; what is no table needs an alias (PostgreSQL manual, release notes of 16). */
export function formatFrom({ from, table }: ConditionRows, alias?: string): string {
  const name = alias ?? (from.startsWith("(") ? quoteName(table.name) : undefined);

  return name === undefined ? from : `${from} AS ${name}`;
}

export function tuple(parts: readonly string[]): string {
  return parts.length === 1 && parts[0] !== undefined ? parts[0] : `(${parts.join(", ")})`;
}

export function isNull(part: string): string {
  return /^(?:child\.)?["\w]+$/.test(part) ? `${part} IS NULL` : `(${part}) IS NULL`;
}

export function isNotNull(part: string): string {
  return isNull(part).replace(/NULL$/, "NOT NULL");
}
