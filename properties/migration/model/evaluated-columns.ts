/** Finds the columns whose values the statements of a migration calculate with, cast, match or copy (pure). */
import type { Parser } from "../../../harness/release/parser.ts";
import type { Statement } from "../../../harness/release/release.ts";
import {
  getChildren,
  getString,
  getStrings,
  getTypeName,
  listNodes,
  type SyntaxNode,
} from "../../../harness/release/syntax.ts";
import type { ColumnName } from "../../../harness/rows/odd-rows.ts";
import { type SchemaModel, type TableModel, tableKey } from "../../../harness/rows/schema-model.ts";

export interface EvaluatedColumn extends ColumnName {
  /** The tables that the statement names, by their keys. */
  readonly tables: readonly string[];
}

/** Each column once: first those in expressions that may fail, then those that are copied. */
export function findEvaluatedColumns(
  parser: Parser,
  statements: readonly Statement[],
  { tables }: SchemaModel,
): readonly EvaluatedColumn[] {
  const found = statements
    .filter(({ kind }) => kind === "sql")
    .flatMap((statement) => findInStatement(parseNodes(parser, statement, statements), tables));
  const ordered = [...found.filter(({ isCopied }) => !isCopied), ...found.filter(({ isCopied }) => isCopied)];
  const unique = new Map(ordered.map(({ isCopied: _, ...one }) => [`${one.table} ${one.column}`, one]));

  return [...unique.values()];
}

/** The columns that queries return to the program which sent them. */
export function findReadColumns(
  parser: Parser,
  statements: readonly Statement[],
  { tables }: SchemaModel,
): readonly ColumnName[] {
  const found = statements.flatMap(({ text, node }) => {
    const nodes = node === "SelectStmt" ? parseText(parser, text) : [];
    // The text of an INSERT whose result is kept is a query, too.
    if (nodes.some(({ kind }) => kind === "InsertStmt")) return [];
    const named = nodes.flatMap((one) => (one.kind === "RangeVar" ? findTables(one, tables) : []));
    const read = nodes.filter((one) => one.kind === "ColumnRef" && isReturned(one));
    const isRead = (column: string) =>
      read.some((one) => {
        const isStar = getChildren(one, "fields").some(({ kind }) => kind === "A_Star");

        return isStar || getStrings(one, "fields").at(-1) === column;
      });

    return named.flatMap((table) =>
      table.columns.filter(({ name }) => isRead(name)).map(({ name }) => ({ table: tableKey(table), column: name })),
    );
  });

  return [...new Map(found.map((one) => [`${one.table} ${one.column}`, one])).values()];
}

function isReturned(column: SyntaxNode): boolean {
  const { parent } = column;
  if (parent?.kind === "ResTarget") return parent.parent?.kind === "SelectStmt";

  return parent !== undefined && isReturned(parent);
}

/** The nodes of a statement, or of the statements in the body of a block or of a function that is called. */
function parseNodes(parser: Parser, { text, node }: Statement, all: readonly Statement[]): readonly SyntaxNode[] {
  const nodes = parseText(parser, text);
  const hasBody = node === "DoStmt" || (node === "CreateFunctionStmt" && isCalled(nodes[0], all));
  if (!hasBody) return node === "CreateFunctionStmt" ? [] : nodes;
  const parsed = parser.parseBodies(text);

  return "message" in parsed ? [] : listQueries(parsed.functions).flatMap((query) => parseQuery(parser, query));
}

function isCalled(definition: SyntaxNode | undefined, all: readonly Statement[]): boolean {
  const name = definition === undefined ? undefined : getStrings(definition, "funcname").at(-1);

  return all.some(({ text, node }) => node !== "CreateFunctionStmt" && name !== undefined && text.includes(`${name}(`));
}

function listQueries(value: unknown): readonly string[] {
  if (typeof value !== "object" || value === null) return [];

  return Object.entries(value).flatMap(([key, part]) =>
    key === "query" && typeof part === "string" ? [part] : listQueries(part),
  );
}

/** A query of PL/pgSQL is a statement, an expression, or an assignment. */
function parseQuery(parser: Parser, query: string): readonly SyntaxNode[] {
  const nodes = parseText(parser, query);

  return nodes.length > 0 ? nodes : parseText(parser, `SELECT ${query.replace(/^[\w."[\]]+\s*:?=/, "")}`);
}

function parseText(parser: Parser, text: string): readonly SyntaxNode[] {
  const parsed = parser.parse(text);

  return "statements" in parsed ? parsed.statements.flatMap(({ node, tree }) => listNodes(node, tree)) : [];
}

interface Found extends EvaluatedColumn {
  readonly isCopied: boolean;
}

function findInStatement(nodes: readonly SyntaxNode[], tables: readonly TableModel[]): readonly Found[] {
  const named = nodes.flatMap((node) => (node.kind === "RangeVar" ? findTables(node, tables) : []));
  const keys = [...new Set(named.map(tableKey))];

  return nodes.flatMap((node): readonly Found[] => {
    if (node.kind !== "ColumnRef") return [];
    const use = findUse(node);
    const column = getStrings(node, "fields").at(-1);
    if (use === undefined || column === undefined) return [];

    return [...new Set(named)]
      .filter(({ columns }) => columns.some(({ name }) => name === column))
      .map((table) => ({ table: tableKey(table), column, tables: keys, isCopied: use === "copied" }));
  });
}

function findTables(range: SyntaxNode, tables: readonly TableModel[]): readonly TableModel[] {
  const [schema, table] = [getString(range, "schemaname"), getString(range, "relname")];

  return tables.filter((one) => one.name === table && (schema === "" || one.schema === schema)).slice(0, 1);
}

/** Functions that no value of a column makes fail. */
const HARMLESS =
  /^(?:lower|upper|[bl]?trim|rtrim|initcap|count|min|max|array_agg|json[b_]*agg|string_agg|concat(?:_ws)?|length|char_length|md5|date_trunc|date_part|extract|format|now)$/;
const HARMLESS_TYPE = /^(?:text|varchar|bpchar|citext)$/;
const OPERATORS = /^(?:\/|%|\^|-|#-|!?~\*?)$/;

/** Whether the value of a column may make an expression fail, or is copied to another column as it is. */
function findUse(column: SyntaxNode): "evaluated" | "copied" | undefined {
  for (let node: SyntaxNode = column; node.parent !== undefined; node = node.parent) {
    const { parent } = node;
    if (mayFail(parent, node)) return "evaluated";
    if (node.kind === "ResTarget") return isWritten(parent) ? "copied" : undefined;
  }

  return undefined;
}

function mayFail(node: SyntaxNode, part: SyntaxNode): boolean {
  switch (node.kind) {
    case "FuncCall":
      return !HARMLESS.test(getStrings(node, "funcname").at(-1) ?? "");
    case "TypeCast":
      return !HARMLESS_TYPE.test(getTypeName(getChildren(node, "typeName")[0]));
    case "A_Expr":
      return OPERATORS.test(getStrings(node, "name").at(-1) ?? "") || (isPattern(node) && part.field === "rexpr");
    default:
      return false;
  }
}

function isPattern({ fields }: SyntaxNode): boolean {
  return /^AEXPR_(?:I?LIKE|SIMILAR)$/.test(String(fields["kind"]));
}

/** The list of an UPDATE, or of the query of an INSERT. */
function isWritten(list: SyntaxNode): boolean {
  return list.kind === "UpdateStmt" || (list.kind === "SelectStmt" && list.parent?.kind === "InsertStmt");
}
