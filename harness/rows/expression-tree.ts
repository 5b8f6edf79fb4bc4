/** Reads the parts of an expression from the tree of PostgreSQL's parser (pure). */

import type { Parser } from "../release/parser.ts";
import { placeBelow } from "./json-places.ts";

export type Fields = Readonly<Record<string, unknown>>;
export interface Tree {
  readonly kind: string;
  readonly fields: Fields;
}

/** Parses an expression as PostgreSQL prints it; undefined if it does not parse. */
export function parseExpression(parser: Parser, expression: string): Tree | undefined {
  const parsed = parser.parse(`SELECT ${expression}`);
  const [statement] = "statements" in parsed ? parsed.statements : [];
  const [target] = listOf((statement?.tree as Fields | undefined)?.["targetList"]);

  return treeOf(target?.fields["val"]);
}

/** The column that a tree is, or the place in a JSON column, casts and collations aside. */
export function columnIn(tree: Tree | undefined): string | undefined {
  if (tree?.kind === "ColumnRef") return lastName(tree.fields["fields"]) || undefined;
  if (tree?.kind === "TypeCast" || tree?.kind === "CollateClause") return columnIn(treeOf(tree.fields["arg"]));

  return tree?.kind === "A_Expr" ? placeIn(tree.fields) : undefined;
}

/** `settings -> 'a' ->> 'b'`, `settings #>> '{a,b}'`; undefined for an element of an array. */
function placeIn({ name, lexpr, rexpr }: Fields): string | undefined {
  const operator = lastName(name);
  if (!/^(?:->|#>)>?$/.test(operator)) return undefined;
  const column = columnIn(treeOf(lexpr));
  const right = treeOf(rexpr);
  const key = constantOf(right);
  const keys = operator.startsWith("#") ? constantsIn(right) : key === undefined ? undefined : [key];

  return column === undefined || keys === undefined || keys.some((part) => /^-?\d+$/.test(part))
    ? undefined
    : placeBelow(column, keys);
}

/** The first column in a call of functions on it, such as `trim(x)`. */
export function columnBelow(tree: Tree | undefined): string | undefined {
  if (tree?.kind === "TypeCast" || tree?.kind === "CollateClause") return columnBelow(treeOf(tree.fields["arg"]));
  if (tree?.kind !== "FuncCall" && tree?.kind !== "CoalesceExpr") return columnIn(tree);

  return listOf(tree.fields["args"]).flatMap((part) => columnBelow(part) ?? [])[0];
}

/** The name of an operator or a function, its schema aside. */
export function lastName(names: unknown): string {
  return String(listOf(names).at(-1)?.fields["sval"] ?? "");
}

/** The text of a constant, casts aside; undefined for anything else and for NULL. */
export function constantOf(tree: Tree | undefined): string | undefined {
  if (tree === undefined) return undefined;
  if (tree.kind === "TypeCast" || tree.kind === "CollateClause") return constantOf(treeOf(tree.fields["arg"]));
  if (tree.kind === "A_Expr" && tree.fields["lexpr"] === undefined) {
    const value = constantOf(treeOf(tree.fields["rexpr"]));

    return value === undefined ? undefined : `-${value}`;
  }
  if (tree.kind !== "A_Const" || tree.fields["isnull"] === true) return undefined;
  const { ival, fval, sval, boolval } = tree.fields as Record<string, Record<string, unknown> | undefined>;
  if (ival !== undefined) return String(ival["ival"] ?? 0);
  if (fval !== undefined) return String(fval["fval"] ?? 0);
  if (boolval !== undefined) return String(boolval["boolval"] ?? false);

  return sval === undefined ? undefined : String(sval["sval"] ?? "");
}

/** The constants of an array, written as `ARRAY[…]` or as `'{…}'`. */
export function constantsIn(tree: Tree | undefined): readonly string[] | undefined {
  if (tree?.kind === "TypeCast") return constantsIn(treeOf(tree.fields["arg"]));
  if (tree?.kind === "A_ArrayExpr") return constantsOf(listOf(tree.fields["elements"]));
  const literal = constantOf(tree);

  return literal?.startsWith("{") === true
    ? literal
        .slice(1, -1)
        .split(",")
        .map((value) => value.replace(/^"(.*)"$/, "$1"))
    : undefined;
}

/** Undefined if not all are constants. */
export function constantsOf(trees: readonly Tree[]): readonly string[] | undefined {
  const values = trees.map(constantOf);

  return values.every((value) => value !== undefined) ? values : undefined;
}

/** A node of the parser's JSON, `{ kind: fields }`. */
export function treeOf(node: unknown): Tree | undefined {
  if (typeof node !== "object" || node === null || Array.isArray(node)) return undefined;
  const [kind, fields] = Object.entries(node)[0] ?? [];

  return kind === undefined || typeof fields !== "object" ? undefined : { kind, fields: fields as Fields };
}

export function listOf(nodes: unknown): readonly Tree[] {
  const list =
    typeof nodes === "object" && nodes !== null && "List" in nodes
      ? (nodes as { List: { items?: unknown } }).List.items
      : nodes;

  return Array.isArray(list) ? list.flatMap((node) => treeOf(node) ?? []) : [];
}
