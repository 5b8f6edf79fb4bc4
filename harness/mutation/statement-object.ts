/** Finds the object that a statement creates, changes or reads (pure). */
import { getChildren, getString, getStrings, type SyntaxNode } from "../release/syntax.ts";

/** The name without its schema; undefined if there is no single object. */
export function findStatementObject(root: SyntaxNode | undefined): string | undefined {
  if (root === undefined) return undefined;
  const name = namers[root.kind]?.(root) ?? relationIn(root);

  return name === "" ? undefined : name;
}

const namers: Readonly<Record<string, (node: SyntaxNode) => string>> = {
  CreateFunctionStmt: (node) => getStrings(node, "funcname").at(-1) ?? "",
  IndexStmt: (node) => getString(node, "idxname"),
  DropStmt: namedObject,
  GrantStmt: namedObject,
  AlterFunctionStmt: namedObject,
  RenameStmt: namedObject,
  SelectStmt: (node) => {
    const [first] = getChildren(node, "fromClause");

    return first?.kind === "RangeVar" ? getString(first, "relname") : "";
  },
};

function relationIn(node: SyntaxNode): string {
  const relation = getChildren(node, "relation")[0];

  return relation === undefined ? "" : getString(relation, "relname");
}

function namedObject(node: SyntaxNode): string {
  const objects = [...getChildren(node, "objects"), ...getChildren(node, "object")];
  const [first] = objects;

  if (first === undefined || objects.length > 1) return "";
  if (first.kind === "ObjectWithArgs") return getStrings(first, "objname").at(-1) ?? "";
  if (first.kind === "List") return getStrings(first, "items").at(-1) ?? "";

  return getString(first, "relname");
}
