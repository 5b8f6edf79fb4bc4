/**
 * Which statements pg-mem is asked about (pure): those whose every part it does as PostgreSQL does. Some others have no
 * part in what is asked in memory, and are passed over. For the rest there is an objection, in a few words.
 */
import { around, childrenIn, type SyntaxNode, stringOf, stringsIn, within } from "../release/syntax.ts";
import { changedBy, isArithmetic } from "./memory-changes.ts";
import { strangeIn } from "./memory-fields.ts";
import type { ReadStatement } from "./memory-reader.ts";
import { columnOf, constantOf, fits, isNumber, type Table, type Tables, tableOf } from "./memory-tables.ts";

/** What is known of a database in memory. */
export interface Known {
  readonly tables: Tables;
  /** Whether there may be rows. */
  readonly hasRows: boolean;
  /** Whether code was passed over that may have made rows: what a query finds is then unknown. */
  readonly hasUnseen: boolean;
}

export type Judged =
  | { readonly kind: "objection"; readonly reason: string }
  | { readonly kind: "passed over"; readonly known: Known }
  | { readonly kind: "definition"; readonly root: SyntaxNode; readonly known: Known }
  | { readonly kind: "write" | "query"; readonly root: SyntaxNode; readonly known: Known };

export function judge({ node, tree, text, nodes: allNodes }: ReadStatement, known: Known): Judged {
  const passing = passOver(node, tree, text, known);
  if (passing !== undefined) return passing;
  const nodes = allNodes();
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
      return known.hasUnseen
        ? objection("rows may have been made by code that pg-mem cannot run")
        : judgeRows("query", root, nodes, known);
    default:
      return objection(`pg-mem is not trusted with ${node}`);
  }
}

function objection(reason: string): Judged {
  return { kind: "objection", reason };
}

/** Settings that change nothing for a session that is alone. */
const SETTINGS = /^(lock_timeout|statement_timeout|idle_in_transaction_session_timeout|client_min_messages)$/;
/** Code that says none of these words defines no table anew, and hangs nothing on one. */
const OF_TABLES = /\b(alter|table|trigger|rule|policy|domain|inherit|schema|owned|extension|cascade)\b/i;
/** What a function comes to is said with one of them, too. */
const RESULT = /\breturns\s+table\b/i;
/** It puts a statement together, from pieces that need not be words. */
const PIECED = /\bexecute\b(?!\s+on\b)[\s\S]*\|\|/i;

function passOver(node: string, tree: object, text: string, known: Known): Judged | undefined {
  const fields = tree as Readonly<Record<string, unknown>>;
  const harmless =
    node === "GrantStmt" ||
    node === "CommentStmt" ||
    (node === "DropStmt" && fields["removeType"] === "OBJECT_FUNCTION") ||
    (node === "VariableSetStmt" && SETTINGS.test(String(fields["name"])));
  if (harmless) return { kind: "passed over", known };
  if (node !== "CreateFunctionStmt" && node !== "DoStmt") return undefined;
  const code = withoutComments(text).replace(RESULT, "");
  if (OF_TABLES.test(code) || PIECED.test(code)) {
    return objection("pg-mem runs no such code, and it may change tables");
  }
  if (node === "CreateFunctionStmt") return { kind: "passed over", known };

  return known.hasRows
    ? objection("pg-mem runs no such code, and there are rows that it may change")
    : { kind: "passed over", known: { ...known, hasUnseen: true } };
}

function withoutComments(text: string): string {
  return text.replace(/--[^\n]*|\/\*[\s\S]*?\*\//g, " ");
}

function judgeDefinition(root: SyntaxNode, nodes: readonly SyntaxNode[], known: Known): Judged {
  if (known.hasRows) return objection("there are rows, and pg-mem is not trusted with what becomes of them");
  const changed = changedBy(root, known.tables);
  if ("objection" in changed) return objection(changed.objection);
  const table = changed.tables.get(tableOf(root));
  const reason = strangeValue(nodes, table) ?? nodes.map((node) => strangeDefault(node, table)).find(isText);

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
  const reason = strangeValue(nodes, table) ?? strangeRows(root, table);

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

function isCall(node: SyntaxNode): boolean {
  const name = stringsIn(node, "funcname").join(".");
  const stands = node.parent?.kind ?? "";

  return stands === "Constraint"
    ? ["gen_random_uuid", "now"].includes(name)
    : stands === "ResTarget" && name === "count" && node.fields["agg_star"] === true;
}

function strangeDefault(node: SyntaxNode, table: Table | undefined): string | undefined {
  const isAltered = node.kind === "AlterTableCmd" && node.fields["subtype"] === "AT_ColumnDefault";
  if (!isAltered && node.fields["contype"] !== "CONSTR_DEFAULT") return undefined;
  const [value] = childrenIn(node, isAltered ? "def" : "raw_expr");
  const column = isAltered ? stringOf(node, "name") : stringOf(around(node, "ColumnDef") ?? node, "colname");
  const isSound = value === undefined || value.kind === "FuncCall" || fits(table?.columns.get(column), value);

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
  const isMore = childrenIn(root, "fromClause").length > 1;

  return wrong ? "a value" : stranger !== undefined ? "a column" : isMore ? "more than one table" : undefined;
}

function isText(text: string | undefined): text is string {
  return text !== undefined;
}
