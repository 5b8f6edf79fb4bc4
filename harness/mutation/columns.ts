/**
 * The columns that a release defines, its baseline included, and which of them are easily mistaken for one another
 * (pure). Nothing is known of what they mean: similar is what differs in one word of its name.
 */

import { childrenIn, type SyntaxNode, stringOf, typeNameOf } from "../release/syntax.ts";
import type { DefinedColumn } from "./subject.ts";

/** The columns that the statement with these nodes defines. */
export function findDefinedColumns(nodes: readonly SyntaxNode[]): DefinedColumn[] {
  const [root] = nodes;
  const table = root?.children.find(({ field }) => field === "relation");

  if (root === undefined || table === undefined || !["CreateStmt", "AlterTableStmt"].includes(root.kind))
    return [];

  return nodes
    .filter(({ kind }) => kind === "ColumnDef")
    .map((node) => ({
      table: stringOf(table, "relname"),
      name: stringOf(node, "colname"),
      type: typeNameOf(childrenIn(node, "typeName")[0]),
    }));
}

/** How far two names are apart, in words between underscores: exchanged (1 is the least), or put in or left out. */
export function wordsApart(
  one: string,
  other: string,
): { readonly exchanged: number; readonly added: number } {
  const [from, to] = [one.split("_"), other.split("_")];
  const shared = from.filter((word) => to.includes(word)).length;
  const added = Math.abs(from.length - to.length);

  return { exchanged: Math.min(from.length, to.length) - shared, added };
}

/**
 * The names that are taken for this one: of the same kind, and with one word exchanged, or one word more or less. At most
 * one of each sort: the next in the order of the candidates, after the last comes the first.
 */
export function similarNames(name: string, candidates: readonly string[]): string[] {
  const at = candidates.indexOf(name);
  const inTurn = [...candidates.slice(at + 1), ...candidates.slice(0, Math.max(at, 0))].filter(
    (one) => one !== name,
  );
  const apart = (exchanged: number, added: number) =>
    inTurn.find((one) => {
      const distance = wordsApart(name, one);

      return distance.exchanged === exchanged && distance.added === added;
    });

  return [apart(1, 0), apart(0, 1)].filter((one) => one !== undefined && sharesWord(name, one)) as string[];
}

function sharesWord(one: string, other: string): boolean {
  return one.split("_").some((word) => other.split("_").includes(word));
}

/** The columns that are easily mistaken for the one with this name: in the same table and of the same type. */
export function similarColumns(name: string, columns: readonly DefinedColumn[]): string[] {
  const known = columns.find((column) => column.name === name);

  if (known === undefined) return [];

  const alike = columns.filter(({ table, type }) => table === known.table && type === known.type);

  return similarNames(name, [...new Set(alike.map((column) => column.name))]);
}
