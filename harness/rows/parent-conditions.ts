/** What the functions in CHECKs of a child ask of its parent, as far as their constants show it (pure). */
import type { Parser } from "../release/parser.ts";
import { columnIn, constantOf, constantsIn, listOf, parseExpression, type Tree } from "./expression-tree.ts";
import type { ColumnModel, SchemaModel, TableModel } from "./schema-model.ts";

/**
 * `CHECK (is_of_type(app_id, 'native'))` asks for a parent with `native` in the column that may hold it.
 * @param columns those of the child's foreign key
 * @returns values by the parent's columns
 */
export function findFavoured(
  {
    child,
    columns,
    parent,
  }: { readonly child: TableModel; readonly columns: readonly string[]; readonly parent: TableModel },
  schema: SchemaModel,
  parser: Parser,
): Readonly<Record<string, readonly string[]>> {
  const values = child.checks
    .flatMap(({ expression }) => listCalls(parseExpression(parser, expression)))
    .filter((call) => call.columns.some((name) => columns.includes(name)))
    .flatMap((call) => call.constants);
  const favoured = parent.columns.flatMap((column) => {
    const fitting = values.filter((value) => isValueOf(column, value, parent, schema));

    return fitting.length === 0 ? [] : [[column.name, [...new Set(fitting)]] as const];
  });

  return Object.fromEntries(favoured);
}

/** True for a label of the column's enum, and for a constant that a CHECK on the column compares it with. */
function isValueOf(
  { type, name }: ColumnModel,
  value: string,
  { checks }: TableModel,
  { types }: SchemaModel,
): boolean {
  const literal = `'${value.replaceAll("'", "''")}'`;

  return (
    types.get(type)?.labels?.includes(value) === true ||
    checks.some(({ expression }) => expression.includes(literal) && new RegExp(`\\b${name}\\b`).test(expression))
  );
}

interface Call {
  readonly columns: readonly string[];
  readonly constants: readonly string[];
}

/** The calls that a condition makes, with the columns and the constants among their arguments. */
function listCalls(tree: Tree | undefined): readonly Call[] {
  if (tree === undefined) return [];
  const { kind, fields } = tree;
  if (kind === "BoolExpr") return fields["boolop"] === "NOT_EXPR" ? [] : listOf(fields["args"]).flatMap(listCalls);
  if (kind !== "FuncCall") return [];
  const args = listOf(fields["args"]);

  return [
    {
      columns: args.flatMap((argument) => columnIn(argument) ?? []),
      constants: args.flatMap((argument) => constantsIn(argument) ?? constantOf(argument) ?? []),
    },
  ];
}
