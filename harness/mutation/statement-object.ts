/** Finds the object that a statement creates, changes or reads (pure). */
import { childrenIn, type SyntaxNode, stringOf, stringsIn } from "../release/syntax.ts";

/** The name without its schema; undefined if there is no single object. */
export function findStatementObject(root: SyntaxNode | undefined): string | undefined {
  if (root === undefined) return undefined;
  const name = namers[root.kind]?.(root) ?? relationIn(root);

  return name === "" ? undefined : name;
}

const namers: Readonly<Record<string, (node: SyntaxNode) => string>> = {
  CreateFunctionStmt: (node) => stringsIn(node, "funcname").at(-1) ?? "",
  IndexStmt: (node) => stringOf(node, "idxname"),
  DropStmt: namedObject,
  GrantStmt: namedObject,
  AlterFunctionStmt: namedObject,
  RenameStmt: namedObject,
  SelectStmt: (node) => {
    const [first] = childrenIn(node, "fromClause");

    return first?.kind === "RangeVar" ? stringOf(first, "relname") : "";
  },
};

function relationIn(node: SyntaxNode): string {
  const relation = childrenIn(node, "relation")[0];

  return relation === undefined ? "" : stringOf(relation, "relname");
}

function namedObject(node: SyntaxNode): string {
  const objects = [...childrenIn(node, "objects"), ...childrenIn(node, "object")];
  const [first] = objects;

  if (first === undefined || objects.length > 1) return "";
  if (first.kind === "ObjectWithArgs") return stringsIn(first, "objname").at(-1) ?? "";
  if (first.kind === "List") return stringsIn(first, "items").at(-1) ?? "";

  return stringOf(first, "relname");
}
