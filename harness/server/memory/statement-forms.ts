/**
 * The forms of statements that memory reads, as schemas over PostgreSQL's parse trees (pure). They are strict: a clause
 * or an option that is not named here leaves the statement undecided.
 */
import * as v from "valibot";

/** `null` is SQL's NULL. */
export type Constant = string | number | null;

type Entries = Readonly<Record<string, v.GenericSchema | string | number | boolean>>;
type Lifted<E extends Entries> = {
  [Key in keyof E]: E[Key] extends v.GenericSchema ? E[Key] : v.LiteralSchema<E[Key] & v.Literal, undefined>;
};

/** An object of exactly these fields; a value that is no schema stands for itself. */
function form<const E extends Entries>(entries: E) {
  const lift = (value: Entries[string]) => (typeof value === "object" ? value : v.literal(value));
  const lifted = Object.fromEntries(Object.entries(entries).map(([key, value]) => [key, lift(value)]));
  return v.strictObject(lifted as Lifted<E>);
}

const map = <Input, Output>(schema: v.GenericSchema<unknown, Input>, convert: (value: Input) => Output) =>
  v.pipe(schema, v.transform(convert));
const field = <Output>(key: string, schema: v.GenericSchema<unknown, Output>) =>
  map(v.strictObject({ [key]: schema }), (fields) => fields[key] as Output);
const only = <Output>(schema: v.GenericSchema<unknown, Output>) => map(v.strictTuple([schema]), ([value]) => value);
const node = <const E extends Entries>(kind: string, entries: E) => field(kind, form(entries));
const symbol = <Output>(text: v.GenericSchema<unknown, Output>) => field("String", field("sval", text));
const maybe = v.optional(v.literal(true));

/** Names that need no quotes, that PostgreSQL does not shorten, and that it has not given to something of its own. */
const own = /^(tableoid|[cx]m(in|ax)|ctid)$|_(pkey|not_null)\d*$/;
const isFree = (text: string) => /^[a-z_][a-z0-9_]{0,62}$/.test(text) && !own.test(text);
const name = v.pipe(v.string(), v.check(isFree));
const columnName = field("ColumnRef", field("fields", only(symbol(name))));
const schemaname = v.optional(v.literal("public"));
const relation = form({ schemaname, relname: name, inh: true, relpersistence: "p" });
/** The parser leaves out what is zero or empty; the least integer has the form of a fraction. */
const constants = v.union([
  field("ival", field("ival", v.optional(v.number(), 0))),
  field("sval", field("sval", v.optional(v.string(), ""))),
  field("fval", field("fval", map(v.literal("-2147483648"), Number))),
  map(form({ isnull: true }), () => null),
]);
const constant = field("A_Const", constants);
const operand = v.union([constant, map(columnName, (column) => ({ column }))]);
/** A column, an operator, and a column or a constant. */
const binary = (operators: readonly string[]) => {
  const operator = only(symbol(v.picklist(operators)));
  return node("A_Expr", { kind: "AEXPR_OP", name: operator, lexpr: columnName, rexpr: operand });
};
const comparison = binary(["=", "<>", "<", "<=", ">", ">="]);
export type Binary = v.InferOutput<typeof comparison>;

/** A check that is NOT VALID binds every write, as one that was validated does. */
const check = node("Constraint", {
  ...{ contype: "CONSTR_CHECK", conname: v.optional(name), raw_expr: comparison },
  ...{ is_enforced: true, initially_valid: maybe, skip_validation: maybe },
});
const functionName = only(symbol(v.picklist(["now", "gen_random_uuid"])));
const call = node("FuncCall", { funcname: functionName, funcformat: "COERCE_EXPLICIT_CALL" });
const flag = v.picklist(["CONSTR_NOTNULL", "CONSTR_PRIMARY"]);
const columnConstraint = v.union([
  check,
  node("Constraint", { contype: flag, is_enforced: maybe, initially_valid: maybe }),
  node("Constraint", { contype: "CONSTR_DEFAULT", raw_expr: v.union([call, constant]) }),
]);
const typeNames = v.union([
  only(symbol(v.picklist(["text", "uuid", "timestamptz"]))),
  map(v.strictTuple([symbol(v.literal("pg_catalog")), symbol(v.literal("int4"))]), () => "int4" as const),
]);
const typeName = map(form({ names: typeNames, typemod: -1 }), ({ names }) => names);
export type ColumnType = v.InferOutput<typeof typeName>;
const columnDefinition = node("ColumnDef", {
  ...{ colname: name, typeName, is_local: true, constraints: v.optional(v.array(columnConstraint), []) },
});
export type ColumnDefinition = v.InferOutput<typeof columnDefinition>;
export type CheckDefinition = v.InferOutput<typeof check>;

const tablePart = v.union([columnDefinition, check]);
const restrict = { behavior: "DROP_RESTRICT", missing_ok: maybe } as const;
const additions = v.picklist(["AT_AddColumn", "AT_AddConstraint"]);
const byName = v.picklist(["AT_ValidateConstraint", "AT_DropColumn", "AT_DropConstraint"]);
const command = v.union([
  node("AlterTableCmd", { subtype: additions, def: tablePart, ...restrict }),
  node("AlterTableCmd", { subtype: byName, name, ...restrict }),
]);
export type AlterTableCommand = v.InferOutput<typeof command>;

const sorting = { ordering: "SORTBY_DEFAULT", nulls_ordering: "SORTBY_NULLS_DEFAULT" } as const;
const indexed = v.union([
  node("IndexElem", { name, ...sorting }),
  node("IndexElem", { expr: binary(["+", "-"]), ...sorting }),
]);

/** CREATE TABLE, ALTER TABLE and CREATE INDEX. */
export const definitionForm = v.variant("kind", [
  form({ kind: "CreateStmt", relation, tableElts: v.array(tablePart), oncommit: "ONCOMMIT_NOOP" }),
  form({ kind: "AlterTableStmt", relation, cmds: v.array(command), objtype: "OBJECT_TABLE" }),
  form({
    ...{ kind: "IndexStmt", idxname: name, relation, accessMethod: "btree", indexParams: v.array(indexed) },
    ...{ whereClause: v.optional(comparison), concurrent: maybe, if_not_exists: maybe },
  }),
]);
export type DefinitionStatement = v.InferOutput<typeof definitionForm>;
export type IndexDefinition = DefinitionStatement & { readonly kind: "IndexStmt" };

const rows = node("SelectStmt", {
  valuesLists: only(field("List", field("items", v.array(constant)))),
  ...{ limitOption: "LIMIT_OPTION_DEFAULT", op: "SETOP_NONE" },
});
const columnNames = v.array(node("ResTarget", { name }));
const columnValues = v.array(node("ResTarget", { name, val: constant }));

/** INSERT of one row, and UPDATE; all values are literals. */
export const writeForm = v.variant("kind", [
  form({ kind: "InsertStmt", relation, cols: columnNames, selectStmt: rows, override: "OVERRIDING_NOT_SET" }),
  form({ kind: "UpdateStmt", relation, targetList: columnValues, whereClause: binary(["="]) }),
]);
export type WriteStatement = v.InferOutput<typeof writeForm>;

const POSITIONS = ["location", "list_start", "list_end", "rexpr_list_start", "rexpr_list_end"];

/** The statement as the form has it, without positions in the text; undefined for any other statement. */
export function readForm<Output>(
  schema: v.GenericSchema<unknown, Output>,
  { node: kind, tree }: { readonly node: string; readonly tree: object },
): Output | undefined {
  const text = JSON.stringify(tree, (key, value) => (POSITIONS.includes(key) ? undefined : value));
  const read = v.safeParse(schema, { kind, ...JSON.parse(text) });
  return read.success ? read.output : undefined;
}

const transactionForm = v.strictObject({
  kind: v.picklist(["TRANS_STMT_BEGIN", "TRANS_STMT_COMMIT", "TRANS_STMT_ROLLBACK"]),
  location: v.optional(v.number()),
});

/** What a plain BEGIN, COMMIT or ROLLBACK is; undefined for any other statement. */
export function readTransactionKind({ node, tree }: { readonly node: string; readonly tree: object }) {
  return node === "TransactionStmt" && v.is(transactionForm, tree) ? tree.kind : undefined;
}
