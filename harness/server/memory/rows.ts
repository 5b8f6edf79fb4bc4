/**
 * Writes rows to pg-mem, with SQL that is made from what was read of PostgreSQL's parse tree, and words what it rejects
 * as PostgreSQL does. Values other than integers are only compared for being equal: they are sent in hexadecimal.
 */
import { DatabaseError } from "pg";
import type { IMemoryDb } from "pg-mem";
import { Inconclusive, messageOf } from "../../errors.ts";
import type { Constant, WriteStatement } from "./statement-forms.ts";
import { demand, fits, getDecidedTable, type MemorySchema, type MemoryTable } from "./tables.ts";

/** Two integers below it have a sum that an int4 holds. */
const SUM_SAFE = 2 ** 30;

export function createTables(schema: MemorySchema, db: IMemoryDb): void {
  for (const [name, table] of schema) {
    if (table === undefined) continue;
    const columns = [...table.columns].map(([column, { type, isNotNull, default: value }]) => {
      const constraints = `${isNotNull ? "NOT NULL" : ""} ${column === table.primaryKey ? "PRIMARY KEY" : ""}`;
      return `"${column}" ${type === "int4" ? "integer" : "text"} ${constraints} DEFAULT ${literal(value)}`;
    });
    // PostgreSQL evaluates checks in the order of their names, pg-mem in the order in which they were made.
    const checks = [...table.checks].sort(([one], [other]) => (one < other ? -1 : 1));
    const constraints = checks.map(([check, { lexpr, name: operator, rexpr }]) => {
      const right = typeof rexpr === "object" && rexpr !== null ? `"${rexpr.column}"` : literal(rexpr);
      return `CONSTRAINT "${check}" CHECK ("${lexpr}" ${operator} ${right})`;
    });
    db.public.none(`CREATE TABLE "${name}" (${[...columns, ...constraints].join(", ")})`);
  }
}

/**
 * Inserts or updates one row.
 * @throws DatabaseError where PostgreSQL rejects it, Inconclusive where it may do so
 */
export function writeRow(schema: MemorySchema, db: IMemoryDb, statement: WriteStatement): void {
  const name = statement.relation.relname;
  const table = getDecidedTable(schema, name);
  const values = readValues(statement);
  for (const [column, value] of values) {
    const type = table.columns.get(column)?.type;
    demand(type !== undefined && fits(value, type), `the value of ${column}`);
  }
  const where = statement.kind === "UpdateStmt" ? readKey(statement, table, values) : undefined;
  demand(where !== undefined || isComplete(table, values), "a row without its key or a value that it needs");
  const numbers = [...values.values(), ...[...table.columns.values()].map((column) => column.default)];
  const isLarge = numbers.some((value) => typeof value === "number" && Math.abs(value) >= SUM_SAFE);
  demand(!table.hasSums || !isLarge, "an index computes with integers that may overflow");
  const columns = [...values.keys()].map((column) => `"${column}"`);
  const literals = [...values.values()].map(literal);
  const sets = columns.map((column, at) => `${column} = ${literals[at]}`).join(", ");
  try {
    db.public.none(
      where === undefined
        ? `INSERT INTO "${name}" (${columns.join(", ")}) VALUES (${literals.join(", ")})`
        : `UPDATE "${name}" SET ${sets} WHERE ${where}`,
    );
  } catch (error) {
    const isMissing = (column: string) => values.get(column) === null && table.columns.get(column)?.isNotNull;
    throw toPostgresError(messageOf(error), name, [...values.keys()].filter(isMissing));
  }
}

function readValues(statement: WriteStatement): ReadonlyMap<string, Constant> {
  const isUpdate = statement.kind === "UpdateStmt";
  const names = (isUpdate ? statement.targetList : statement.cols).map(({ name }) => name);
  const constants = isUpdate ? statement.targetList.map(({ val }) => val) : statement.selectStmt.valuesLists;
  const values = new Map(names.map((name, at) => [name, constants[at] ?? null]));
  demand(values.size === constants.length && values.size === names.length, "as many values as columns");
  return values;
}

function readKey(
  { whereClause }: WriteStatement & { readonly kind: "UpdateStmt" },
  { columns, primaryKey }: MemoryTable,
  values: ReadonlyMap<string, Constant>,
): string {
  const { lexpr: key, rexpr: value } = whereClause;
  const isKey = key === primaryKey && !values.has(key);
  demand(isKey && typeof value !== "object", "an UPDATE other than of one row by its key");
  demand(fits(value, columns.get(key)?.type ?? "text"), `the value of ${key}`);
  return `"${key}" = ${literal(value)}`;
}

function isComplete(table: MemoryTable, values: ReadonlyMap<string, Constant>): boolean {
  const needed = [...table.columns].filter(
    ([column, { isNotNull, default: value }]) => column === table.primaryKey || (isNotNull && value === null),
  );
  return needed.every(([column]) => values.has(column));
}

function literal(value: Constant): string {
  return typeof value === "string" ? `'${Buffer.from(value).toString("hex")}'` : String(value ?? "NULL");
}

/** @param nulls the columns that would be NULL and must not be: PostgreSQL looks at them before it looks at checks */
function toPostgresError(message: string, table: string, nulls: readonly string[]): Error {
  const [, check] = /^check constraint "([^"]*)" is violated by some row/.exec(message) ?? [];
  const isNull = /^null value in column "[^"]*" violates not-null constraint/.test(message);
  const text =
    check === undefined
      ? `null value in column "${nulls[0]}" of relation "${table}" violates not-null constraint`
      : `new row for relation "${table}" violates check constraint "${check}"`;
  return (check !== undefined && nulls.length === 0) || (isNull && nulls.length === 1)
    ? Object.assign(new DatabaseError(text, text.length, "error"), { code: isNull ? "23502" : "23514" })
    : new Inconclusive(`which error PostgreSQL raises for ${message.split("\n", 1)[0]}`);
}
