/**
 * What is known of the tables in memory (pure): columns with their types and checks in the order in which they were
 * made, from the statements that made them. A value is only taken to pg-mem where it is certainly one of the column's
 * type: pg-mem has no limits of integers, and casts what PostgreSQL refuses.
 */
import { childrenIn, type SyntaxNode, stringOf, stringsIn, typeNameOf } from "../../release/syntax.ts";

export interface Check {
  /** Undefined where the statement named none. */
  readonly name: string | undefined;
  readonly columns: readonly string[];
}

export interface Table {
  /** The types by column. */
  readonly columns: ReadonlyMap<string, string>;
  readonly checks: readonly Check[];
  /** True where an index computes with numbers of its rows. */
  readonly computes: boolean;
  readonly primaryKey: readonly string[];
  /** True where a column takes its values from a sequence, which pg-mem takes back with what was rolled back. */
  readonly hasSequence: boolean;
  /** The names of its indexes, but for that of its primary key. */
  readonly indexes: readonly string[];
}

export type Tables = ReadonlyMap<string, Table>;

/** The types, and what is certainly a value of each: `number` for a whole number that an int4 holds. */
const TYPES: Readonly<Record<string, (value: string | number | boolean) => boolean>> = {
  int4: (value) => typeof value === "number",
  int8: (value) => typeof value === "number",
  serial: (value) => typeof value === "number",
  bigserial: (value) => typeof value === "number",
  text: (value) => typeof value === "string",
  bool: (value) => typeof value === "boolean",
  uuid: (value) => typeof value === "string" && /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/.test(value),
  timestamptz: (value) => typeof value === "string" && isMoment(value),
};

/** Such as `2025-10-12 16:56:00+00`, and a day that there is. */
function isMoment(text: string): boolean {
  if (!/^20\d\d-\d\d-\d\d \d\d:\d\d:\d\d\+00$/.test(text)) return false;
  const iso = text.replace(" ", "T").replace("+00", ".000Z");
  const moment = new Date(iso);

  return !Number.isNaN(moment.getTime()) && moment.toISOString() === iso;
}

const NUMBERS = ["int4", "int8", "serial", "bigserial"];

export function isType(name: string): boolean {
  return Object.hasOwn(TYPES, name);
}

export function isNumber(type: string | undefined): boolean {
  return type !== undefined && NUMBERS.includes(type);
}

/** A constant's value: null for NULL, undefined for what is no constant or a number that no int4 holds. */
export function constantOf(node: SyntaxNode | undefined): string | number | boolean | null | undefined {
  if (node?.kind !== "A_Const") return undefined;
  if (node.fields["isnull"] === true) return null;
  const [value] = node.children;
  // The parser leaves out what is zero, empty or false; the least integer comes as a number with a fraction.
  const zero: Readonly<Record<string, string | number | boolean>> = { ival: 0, sval: "", boolval: false };
  const found = value?.fields[value.kind] ?? zero[value?.kind ?? ""];
  if (value?.kind === "fval") return found === String(-(2 ** 31)) ? -(2 ** 31) : undefined;

  return typeof found === "object" ? undefined : (found as string | number | boolean | undefined);
}

/** Whether the constant is certainly one that a column of the type takes. */
export function fits(type: string | undefined, node: SyntaxNode | undefined): boolean {
  const value = constantOf(node);
  if (type === undefined || value === undefined) return false;

  return value === null || TYPES[type]?.(value) === true;
}

/** The name of the one column that a reference is to; undefined for any other node. */
export function columnOf(node: SyntaxNode | undefined): string | undefined {
  const names = node?.kind === "ColumnRef" ? stringsIn(node, "fields") : [];

  return names.length === 1 && node?.children.length === 1 ? names[0] : undefined;
}

/** The name of the table that the statement is about. */
export function tableOf(statement: SyntaxNode): string {
  const [relation] = [...childrenIn(statement, "relation"), ...childrenIn(statement, "fromClause")];

  return relation === undefined ? "" : stringOf(relation, "relname");
}

/** A column with the checks that stand beside it. */
export function columnIn(definition: SyntaxNode): {
  readonly name: string;
  readonly type: string;
  readonly checks: readonly Check[];
  /** Of its constraints: `CONSTR_CHECK`, `CONSTR_DEFAULT` … */
  readonly kinds: readonly string[];
} {
  const [type] = childrenIn(definition, "typeName");
  const [schema, ...more] = type === undefined ? [] : stringsIn(type, "names");
  const isOfCatalog = more.length === 0 || (schema === "pg_catalog" && !more.join().endsWith("serial"));

  return {
    name: stringOf(definition, "colname"),
    type: isOfCatalog ? typeNameOf(type) : [schema, ...more].join("."),
    kinds: childrenIn(definition, "constraints").map((constraint) => stringOf(constraint, "contype")),
    checks: childrenIn(definition, "constraints").flatMap(checkIn),
  };
}

/** The check that a constraint is, if it is one. */
export function checkIn(constraint: SyntaxNode): Check[] {
  if (constraint.fields["contype"] !== "CONSTR_CHECK") return [];
  const name = stringOf(constraint, "conname");

  return [{ name: name === "" ? undefined : name, columns: columnsRead(constraint) }];
}

/** All columns that the node refers to. */
export function columnsRead(node: SyntaxNode): string[] {
  const own = columnOf(node);

  return [...(own === undefined ? [] : [own]), ...node.children.flatMap(columnsRead)];
}
