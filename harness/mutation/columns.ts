/**
 * Collects the columns that a release and its baseline define, and finds those that are easily mistaken for one another:
 * similar names differ in one word (pure).
 */
import { getChildren, getString, getTypeName, type SyntaxNode } from "../release/syntax.ts";
import type { DefinedColumn } from "./subject.ts";

export function findDefinedColumns(nodes: readonly SyntaxNode[]): DefinedColumn[] {
  const [root] = nodes;
  const table = root?.children.find(({ field }) => field === "relation");

  if (root === undefined || table === undefined || !["CreateStmt", "AlterTableStmt"].includes(root.kind)) return [];

  return nodes
    .filter(({ kind }) => kind === "ColumnDef")
    .map((node) => ({
      table: getString(table, "relname"),
      name: getString(node, "colname"),
      type: getTypeName(getChildren(node, "typeName")[0]),
    }));
}

/** The distance of two names in words between underscores: exchanged ones, and added or missing ones. */
function countApart(one: string, other: string): { readonly exchanged: number; readonly added: number } {
  const [from, to] = [one.split("_"), other.split("_")];
  const shared = from.filter((word) => to.includes(word)).length;
  const added = Math.abs(from.length - to.length);

  return { exchanged: Math.min(from.length, to.length) - shared, added };
}

/**
 * At most two similar names: the next candidate with one word exchanged, and the next with one word more or less. After
 * the last candidate comes the first.
 */
export function similarNames(name: string, candidates: readonly string[]): string[] {
  const at = candidates.indexOf(name);
  const rotated = [...candidates.slice(at + 1), ...candidates.slice(0, Math.max(at, 0))].filter((one) => one !== name);
  const findApart = (exchanged: number, added: number) =>
    rotated.find((one) => {
      const distance = countApart(name, one);

      return distance.exchanged === exchanged && distance.added === added;
    });

  return [findApart(1, 0), findApart(0, 1)].filter((one) => one !== undefined && sharesWord(name, one)) as string[];
}

function sharesWord(one: string, other: string): boolean {
  return one.split("_").some((word) => other.split("_").includes(word));
}

export function similarColumns(name: string, columns: readonly DefinedColumn[]): string[] {
  const known = columns.find((column) => column.name === name);

  if (known === undefined) return [];

  const alike = columns.filter(({ table, type }) => table === known.table && type === known.type);

  return similarNames(name, [...new Set(alike.map((column) => column.name))]);
}
