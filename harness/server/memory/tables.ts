/** What definitions make of empty tables (pure); whatever PostgreSQL might do in another way is Inconclusive. */
import { Inconclusive } from "../../errors.ts";
import type * as forms from "./statement-forms.ts";

export interface MemoryTable {
  readonly columns: ReadonlyMap<string, MemoryColumn>;
  readonly primaryKey?: string;
  /** By name; all of them compare integers. */
  readonly checks: ReadonlyMap<string, forms.Binary>;
  /** True where an index adds or subtracts integers, which may overflow. */
  readonly hasSums: boolean;
}

interface MemoryColumn {
  readonly type: forms.ColumnType;
  readonly isNotNull: boolean;
  /** The empty string also stands for what a function makes. */
  readonly default: forms.Constant;
}

/** The tables by name; undefined for one that is there, and of which nothing is decided. */
export type MemorySchema = ReadonlyMap<string, MemoryTable | undefined>;

const NEW_TABLE: MemoryTable = { columns: new Map(), checks: new Map(), hasSums: false };
export function demand(condition: boolean, doubt: string): asserts condition {
  if (!condition) throw new Inconclusive(doubt);
}

export function getDecidedTable(schema: MemorySchema, name: string): MemoryTable {
  const table = schema.get(name);
  demand(table !== undefined, `the table ${name}`);
  return table;
}

/** ALTER TABLE does its work in this order, in whatever order it is written. */
const PASSES = ["AT_DropConstraint", "AT_AddColumn", "AT_AddConstraint", "AT_ValidateConstraint"];

/** @throws Inconclusive */
export function define(schema: MemorySchema, statement: forms.DefinitionStatement): MemorySchema {
  const name = statement.relation.relname;
  const add = (table: MemoryTable, part: forms.ColumnDefinition | forms.CheckDefinition) =>
    "colname" in part ? addColumn(table, part, name) : addCheck(table, part, name);
  const alter = (table: MemoryTable, command: forms.AlterTableCommand) =>
    "def" in command ? add(table, command.def) : alterByName(table, command);
  switch (statement.kind) {
    case "CreateStmt":
      demand(!schema.has(name), `a second table ${name}`);
      return new Map([...schema, [name, statement.tableElts.reduce(add, NEW_TABLE)]]);
    case "AlterTableStmt": {
      const pass = ({ subtype }: forms.AlterTableCommand) => PASSES.indexOf(subtype);
      const commands = statement.cmds.toSorted((one, other) => pass(one) - pass(other));
      return new Map([...schema, [name, commands.reduce(alter, getDecidedTable(schema, name))]]);
    }
    case "IndexStmt":
      demand(!schema.has(statement.idxname), `a second relation ${statement.idxname}`);
      return new Map([
        ...schema,
        [name, addIndex(getDecidedTable(schema, name), statement)],
        [statement.idxname, undefined],
      ]);
  }
}

function alterByName(
  table: MemoryTable,
  { subtype, name, missing_ok }: forms.AlterTableCommand & { readonly name: string },
): MemoryTable {
  if (subtype === "AT_DropColumn") {
    demand(missing_ok === true && !table.columns.has(name), `the column ${name} with what is on it`);
    return table;
  }
  const isMissing = subtype === "AT_DropConstraint" && missing_ok === true;
  demand(table.checks.has(name) || isMissing, `the constraint ${name}`);
  if (subtype === "AT_ValidateConstraint") return table;
  return { ...table, checks: new Map([...table.checks].filter(([check]) => check !== name)) };
}

function addColumn(table: MemoryTable, definition: forms.ColumnDefinition, owner: string): MemoryTable {
  const { colname: name, typeName: type, constraints } = definition;
  const kinds = constraints.map(({ contype }) => contype).filter((kind) => kind !== "CONSTR_CHECK");
  const isKey = kinds.includes("CONSTR_PRIMARY");
  const [value = null] = constraints.flatMap((constraint) =>
    constraint.contype === "CONSTR_DEFAULT" ? [readDefault(constraint.raw_expr, type)] : [],
  );
  demand(!table.columns.has(name), `a second column ${name}`);
  demand(new Set(kinds).size === kinds.length, `a second constraint of one kind on ${name}`);
  demand(!isKey || table.columns.size === 0, `the key ${name}`);
  const column: MemoryColumn = { type, isNotNull: isKey || kinds.includes("CONSTR_NOTNULL"), default: value };
  const columns = new Map([...table.columns, [name, column]]);
  const checks = constraints.filter((constraint) => constraint.contype === "CONSTR_CHECK");
  const wider: MemoryTable = { ...table, columns, ...(isKey && { primaryKey: name }) };
  return checks.reduce((before, check) => addCheck(before, check, owner), wider);
}

function readDefault(value: forms.Constant | { readonly funcname: string }, type: forms.ColumnType): forms.Constant {
  const isCall = typeof value === "object" && value !== null;
  const isSound = isCall
    ? type === (value.funcname === "now" ? "timestamptz" : "uuid")
    : ["int4", "text"].includes(type) && fits(value, type);
  demand(isSound, `a default of the type ${type}`);
  return isCall ? "" : value;
}

/** PostgreSQL makes up a missing name: from the column where there is one, with digits where it is in use. */
function addCheck(table: MemoryTable, { conname, raw_expr }: forms.CheckDefinition, owner: string): MemoryTable {
  const name = conname ?? `${owner}_${raw_expr.lexpr}_check`;
  const isNamed = conname !== undefined || (typeof raw_expr.rexpr !== "object" && name.length < 64);
  demand(findType(table, raw_expr) === "int4", `the check ${name}`);
  demand(isNamed && !table.checks.has(name), `the name ${name}`);
  return { ...table, checks: new Map([...table.checks, [name, raw_expr]]) };
}

function addIndex(table: MemoryTable, { indexParams, whereClause }: forms.IndexDefinition): MemoryTable {
  const sums = indexParams.flatMap((param) => ("expr" in param ? [param.expr] : []));
  const isSum = (sum: forms.Binary) => findType(table, sum) === "int4" && typeof sum.rexpr === "object";
  const isKnown = indexParams.every((param) => "expr" in param || table.columns.has(param.name));
  const isCondition = whereClause === undefined || findType(table, whereClause) !== undefined;
  demand(isKnown && isCondition && sums.every(isSum), "an index of this form");
  return { ...table, hasSums: table.hasSums || sums.length > 0 };
}

/** The type of both sides. */
function findType({ columns }: MemoryTable, { lexpr, rexpr }: forms.Binary): forms.ColumnType | undefined {
  const type = columns.get(lexpr)?.type;
  if (type === undefined || rexpr === null) return undefined;
  const isSame = typeof rexpr === "object" ? columns.get(rexpr.column)?.type === type : fits(rexpr, type);
  return isSame ? type : undefined;
}

/** An index has no room for a much longer text. Of moments, such as `2025-10-12 16:56:00+00`: each month has 28 days. */
const TEXTS: Readonly<Record<forms.ColumnType, RegExp>> = {
  int4: /^(?!)/,
  text: /^.{0,500}$/s,
  uuid: /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/,
  timestamptz: /^20\d\d-(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8]) ([01]\d|2[0-3])(:[0-5]\d){2}\+00$/,
};

/** Whether a column of the type certainly takes the constant. */
export function fits(value: forms.Constant, type: forms.ColumnType): boolean {
  return value === null || (typeof value === "number" ? type === "int4" : TEXTS[type].test(value));
}
