/**
 * Which statements pg-mem is asked about (pure): those whose every part it does as PostgreSQL does. Some others have no
 * part in what is asked in memory, and are passed over. For the rest there is an objection, in a few words.
 */
import { around, childrenIn, type SyntaxNode, stringOf, stringsIn, within } from "../../release/syntax.ts";
import { COLUMNS_MAX, changedBy, isArithmetic } from "./changes.ts";
import { effectsOf } from "./code.ts";
import { strangeIn } from "./fields.ts";
import type { ReadStatement } from "./reader.ts";
import { columnOf, constantOf, fits, isNumber, type Table, type Tables, tableOf } from "./tables.ts";

/** What is known of a database in memory. */
export interface Known {
  readonly tables: Tables;
  /** Whether there may be rows. */
  readonly hasRows: boolean;
  /** Whether code was passed over: what a query finds is then unknown. */
  readonly hasUnseen: boolean;
  /** The tables that code which was passed over may have put rows into. */
  readonly unseen: readonly string[];
  /** Those that functions put rows into when they are called. */
  readonly insertedByCall: readonly string[];
}

export type Judged =
  | { readonly kind: "objection"; readonly reason: string }
  | { readonly kind: "passed over"; readonly known: Known }
  | { readonly kind: "definition"; readonly root: SyntaxNode; readonly known: Known }
  | { readonly kind: "write" | "query"; readonly root: SyntaxNode; readonly known: Known };

export function judge(statement: ReadStatement, known: Known): Judged {
  const { node } = statement;
  const passing = passOver(statement, known);
  if (passing !== undefined) return passing;
  const nodes = statement.nodes();
  const [root] = nodes;
  const strange = strangeIn(nodes);
  if (root === undefined || strange !== undefined) {
    return objection(`pg-mem is not trusted with ${strange ?? node}`);
  }
  switch (node) {
    case "CreateStmt":
    case "AlterTableStmt":
    case "IndexStmt":
      return judgeDefinition(root, nodes, known);
    case "InsertStmt":
    case "UpdateStmt":
    case "DeleteStmt":
      return judgeRows("write", root, nodes, { ...known, hasRows: true });
    case "SelectStmt":
      return known.hasUnseen ? objection(UNSEEN) : judgeRows("query", root, nodes, known);
    default:
      return objection(`pg-mem is not trusted with ${node}`);
  }
}

const UNSEEN = "rows may have been made by code that pg-mem cannot run";

function objection(reason: string): Judged {
  return { kind: "objection", reason };
}

/** Settings that change nothing for a session that is alone. */
const SETTINGS = /^(lock_timeout|statement_timeout|idle_in_transaction_session_timeout|client_min_messages)$/;
/** A time, with or without its unit, or a level of messages. */
const VALUE = /^(\d+ ?(us|ms|s|min|h|d)?|debug[1-5]?|log|notice|warning|error)$/;

function passOver(statement: ReadStatement, known: Known): Judged | undefined {
  const { node } = statement;
  const fields = statement.tree as Readonly<Record<string, unknown>>;
  const harmless =
    node === "GrantStmt" ||
    node === "CommentStmt" ||
    (node === "DropStmt" && fields["removeType"] === "OBJECT_FUNCTION") ||
    (node === "VariableSetStmt" && SETTINGS.test(String(fields["name"])) && isSetting(statement.nodes()));
  if (harmless) return { kind: "passed over", known };
  if (node !== "CreateFunctionStmt" && node !== "DoStmt") return undefined;
  const words = statement.code();
  const effects =
    words === undefined ? { objection: "pg-mem runs no code of such a language" } : effectsOf(words);
  if ("objection" in effects) return objection(effects.objection);
  const inserted = [...known.insertedByCall, ...effects.inserts];
  if (node === "CreateFunctionStmt") {
    return { kind: "passed over", known: { ...known, insertedByCall: inserted } };
  }

  return known.hasRows
    ? objection("pg-mem runs no such code, and there are rows that it may change")
    : { kind: "passed over", known: { ...known, hasUnseen: true, unseen: [...known.unseen, ...inserted] } };
}

/** To a value that PostgreSQL certainly takes, or back to its own. */
function isSetting(nodes: readonly SyntaxNode[]): boolean {
  return nodes
    .filter(({ kind }) => kind === "A_Const")
    .every((value) => VALUE.test(String(constantOf(value)).toLowerCase()));
}

function judgeDefinition(root: SyntaxNode, nodes: readonly SyntaxNode[], known: Known): Judged {
  if (known.hasRows) return objection("there are rows, and pg-mem is not trusted with what becomes of them");
  if (known.unseen.includes(tableOf(root))) return objection(UNSEEN);
  const changed = changedBy(root, known.tables);
  if ("objection" in changed) return objection(changed.objection);
  const table = changed.tables.get(tableOf(root));
  const reason =
    strangeValue(nodes, table) ??
    strangeCondition(nodes, table) ??
    nodes
      .map((node) => strangeDefault(node, table) ?? strangeReference(node, root, changed.tables))
      .find(isText);

  return reason === undefined
    ? { kind: "definition", root, known: { ...known, tables: changed.tables } }
    : objection(reason);
}

function judgeRows(
  kind: "write" | "query",
  root: SyntaxNode,
  nodes: readonly SyntaxNode[],
  known: Known,
): Judged {
  const name = tableOf(root);
  const table = known.tables.get(name);
  if (table === undefined) {
    return objection(
      name === "" ? "it reads no table" : `${name} is no table that pg-mem has as PostgreSQL has it`,
    );
  }
  if (known.unseen.includes(name)) return objection(UNSEEN);
  const reason =
    (table.hasSequence ? "a table with a sequence" : undefined) ??
    strangeValue(nodes, table) ??
    strangeCondition(nodes, table) ??
    (kind === "query" ? strangeTargets(root) : undefined) ??
    strangeRows(root, table);

  return reason === undefined ? { kind, root, known } : objection(reason);
}

/** A comparison, a sum or a function that is not certain. */
function strangeValue(nodes: readonly SyntaxNode[], table: Table | undefined): string | undefined {
  for (const node of nodes) {
    // To a query NULL is as good as false; to a check it is not, and pg-mem takes one for the other.
    if (node.kind === "BoolExpr" && around(node, "Constraint") !== undefined) return "AND in a check";
    if (node.kind === "A_Expr" && !isComparison(node, table) && !isIndexed(node)) return "an expression";
    if (node.kind === "FuncCall" && !isCall(node))
      return `the function ${stringsIn(node, "funcname").join(".")}`;
  }

  return undefined;
}

/** A condition that is none to PostgreSQL: a comparison is, and a column of truth values. */
function strangeCondition(nodes: readonly SyntaxNode[], table: Table | undefined): string | undefined {
  const isCondition = (node: SyntaxNode): boolean =>
    node.kind === "A_Expr" ||
    (node.kind === "BoolExpr" && childrenIn(node, "args").every(isCondition)) ||
    table?.columns.get(columnOf(node) ?? "") === "bool";
  const conditions = nodes.flatMap((node) => [
    ...childrenIn(node, "whereClause"),
    ...(node.fields["contype"] === "CONSTR_CHECK" ? childrenIn(node, "raw_expr") : []),
  ]);

  return conditions.every(isCondition) ? undefined : "a condition";
}

/** A query is for columns under names of their own, or for the number of rows. */
function strangeTargets(root: SyntaxNode): string | undefined {
  const targets = childrenIn(root, "targetList");
  const values = targets.flatMap((target) => childrenIn(target, "val"));
  const names = targets.map((target, at) => stringOf(target, "name") || columnOf(values[at]));
  const isPlain = values.every((value) => columnOf(value) !== undefined);
  const isCount = values.length === 1 && values[0]?.kind === "FuncCall";

  const isPlainList = isPlain && new Set(names).size === names.length && names.length <= COLUMNS_MAX;

  return isPlainList || isCount ? undefined : "what is selected";
}

/** A foreign key that is not of one column to the primary key of another table. */
function strangeReference(node: SyntaxNode, root: SyntaxNode, tables: Tables): string | undefined {
  if (node.fields["contype"] !== "CONSTR_FOREIGN") return undefined;
  const name = stringOf(childrenIn(node, "pktable")[0] ?? node, "relname");
  const [key, ...more] = stringsIn(node, "pk_attrs");
  const target = tables.get(name);
  const column = stringOf(around(node, "ColumnDef") ?? node, "colname");
  const type = tables.get(tableOf(root))?.columns.get(column);
  const isSound =
    name !== tableOf(root) &&
    key !== undefined &&
    more.length === 0 &&
    target?.primaryKey.join() === key &&
    target.columns.get(key) === type;

  return isSound ? undefined : `the foreign key of ${column}`;
}

/** A column beside another of its type, or beside a constant that it can hold; only numbers have an order here. */
function isComparison(node: SyntaxNode, table: Table | undefined): boolean {
  const [operator = ""] = stringsIn(node, "name");
  const [left] = childrenIn(node, "lexpr");
  const [right] = childrenIn(node, "rexpr");
  const type = table?.columns.get(columnOf(left) ?? "");
  const same = type !== undefined && type === table?.columns.get(columnOf(right) ?? "");
  const isKnown =
    ["=", "<>"].includes(operator) || (["<", "<=", ">", ">="].includes(operator) && isNumber(type));

  return isKnown && (same || fits(type, right)) && constantOf(right) !== null;
}

function isIndexed(node: SyntaxNode): boolean {
  return isArithmetic(node) && around(node, "IndexElem") !== undefined;
}

/** Two numbers below it have a sum that an int4 holds. */
export const SUM_SAFE = 2 ** 30;
/** What a function makes. */
const MADE: Readonly<Record<string, string>> = { now: "timestamptz", gen_random_uuid: "uuid" };

function isCall(node: SyntaxNode): boolean {
  const name = stringsIn(node, "funcname").join(".");
  const stands = node.parent?.kind ?? "";

  return stands === "Constraint"
    ? Object.hasOwn(MADE, name)
    : stands === "ResTarget" && name === "count" && node.fields["agg_star"] === true;
}

function strangeDefault(node: SyntaxNode, table: Table | undefined): string | undefined {
  const isAltered = node.kind === "AlterTableCmd" && node.fields["subtype"] === "AT_ColumnDefault";
  if (!isAltered && node.fields["contype"] !== "CONSTR_DEFAULT") return undefined;
  const [value] = childrenIn(node, isAltered ? "def" : "raw_expr");
  const column = isAltered ? stringOf(node, "name") : stringOf(around(node, "ColumnDef") ?? node, "colname");
  const type = table?.columns.get(column);
  const isSound =
    value === undefined ||
    (value.kind === "FuncCall"
      ? MADE[stringsIn(value, "funcname").join(".")] === type
      : fits(type, value) && !(Math.abs(Number(constantOf(value))) >= SUM_SAFE));

  return isSound ? undefined : `the default of ${column}`;
}

/** Rows whose values are not certainly ones that the columns take, or a form of the statement that is not trusted. */
function strangeRows(root: SyntaxNode, { columns }: Table): string | undefined {
  const targets = childrenIn(root, root.kind === "InsertStmt" ? "cols" : "targetList");
  const names = targets.map((target) => stringOf(target, "name"));
  const [source] = childrenIn(root, "selectStmt");
  const lists = source === undefined ? [] : childrenIn(source, "valuesLists");
  if (root.kind === "InsertStmt" && (names.length === 0 || lists.length === 0)) {
    return "an INSERT without its columns, or without VALUES";
  }
  const rows =
    root.kind === "UpdateStmt"
      ? [targets.map((target) => childrenIn(target, "val")[0])]
      : lists.map((list) => childrenIn(list, "items"));
  const wrong = rows.some(
    (row) =>
      row.length !== names.length ||
      row.some((value, at) => value?.kind !== "SetToDefault" && !fits(columns.get(names[at] ?? ""), value)),
  );
  const stranger = within(root).find(
    (node) => node.kind === "ColumnRef" && columnOf(node) !== undefined && !columns.has(columnOf(node) ?? ""),
  );
  // Pg-mem takes NULL for it where another row says something else.
  const isMixed = lists.length > 1 && rows.flat().some((value) => value?.kind === "SetToDefault");
  if (new Set(names).size < names.length && root.kind !== "SelectStmt") return "a column that is named twice";
  if (childrenIn(root, "fromClause").length > 1) return "more than one table";

  return wrong || isMixed ? "a value" : stranger !== undefined ? "a column" : undefined;
}

function isText(text: string | undefined): text is string {
  return text !== undefined;
}
