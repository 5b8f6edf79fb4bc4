/** Reads names from the nodes of a parse tree, as statements write them (pure). */
import { getChildren, getString, getStrings, type SyntaxNode } from "../syntax.ts";
import type { WrittenName } from "./named-objects.ts";

export function readRelation(node: SyntaxNode | undefined): WrittenName {
  return readRange(node && getChildren(node, "relation")[0]);
}

export function readRange(range: SyntaxNode | undefined): WrittenName {
  return range === undefined
    ? { name: "" }
    : { within: getString(range, "schemaname") || undefined, name: getString(range, "relname") };
}

/** A relation, a function, a type, a list of names, or one name. */
export function readObject(node: SyntaxNode | undefined): WrittenName {
  if (node === undefined) return { name: "" };
  if (node.kind === "RangeVar") return readRange(node);
  if (node.kind === "String") return { name: getString(node, "sval") };
  const field =
    { ObjectWithArgs: "objname", TypeName: "names" }[node.kind] ?? (node.kind === "func" ? "objname" : "items");

  return toName(getStrings(node, field));
}

export function toName(parts: readonly string[]): WrittenName {
  return { within: parts.at(-2), name: parts.at(-1) ?? "" };
}

export function readRole(role: SyntaxNode): string {
  return role.fields["roletype"] === "ROLESPEC_PUBLIC" ? "PUBLIC" : getString(role, "rolename");
}

/** CURRENT_USER and its like name a role that only the session knows. */
export function isRoleNamed({ fields }: SyntaxNode): boolean {
  return fields["roletype"] === "ROLESPEC_CSTRING" || fields["roletype"] === "ROLESPEC_PUBLIC";
}
