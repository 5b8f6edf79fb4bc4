/**
 * Lists the nodes of a parse tree in order, each with its parent and its position in the source (pure). Some nodes of
 * PostgreSQL's tree have no kind of their own: they get the kind that their field contains.
 */

export interface SyntaxNode {
  /** Its name in PostgreSQL, such as `A_Expr`; for a group of fields without one, the name of its field. */
  readonly kind: string;
  readonly fields: Readonly<Record<string, unknown>>;
  /** Its location in the source, or -1; of an expression with an operator, that of the operator. */
  readonly at: number;
  readonly parent: SyntaxNode | undefined;
  readonly field: string;
  readonly children: readonly SyntaxNode[];
}

const kindOfField: Readonly<Record<string, string>> = {
  relation: "RangeVar",
  typeName: "TypeName",
  argType: "TypeName",
  returnType: "TypeName",
  larg: "SelectStmt",
  rarg: "SelectStmt",
};

/**
 * All nodes below a tree, and itself.
 * @param position turns a location of the tree into a position in the source
 */
export function listNodes(
  kind: string,
  fields: object,
  position: (location: number) => number = () => -1,
): readonly SyntaxNode[] {
  const nodes: SyntaxNode[] = [];
  const visit = (kind: string, fields: object, parent: SyntaxNode | undefined, field: string): SyntaxNode => {
    const record = fields as Readonly<Record<string, unknown>>;
    const location = record["location"];
    const children: SyntaxNode[] = [];
    const at = typeof location === "number" && location >= 0 ? position(location) : -1;
    const node = { kind, fields: record, at, parent, field, children };
    nodes.push(node);
    for (const [name, value] of Object.entries(record)) children.push(...below(name, value, node));

    return node;
  };
  const below = (field: string, value: unknown, parent: SyntaxNode): SyntaxNode[] => {
    if (Array.isArray(value)) return value.flatMap((item) => below(field, item, parent));
    if (typeof value !== "object" || value === null) return [];

    const wrapped = wrappedIn(value);

    return [
      wrapped === undefined
        ? visit(kindOfField[field] ?? field, value, parent, field)
        : visit(wrapped.kind, wrapped.fields, parent, field),
    ];
  };
  visit(kind, fields, undefined, "");

  return nodes;
}

function wrappedIn(value: object): { readonly kind: string; readonly fields: object } | undefined {
  const entries = Object.entries(value);
  const [kind, fields] = entries[0] ?? [];

  return entries.length === 1 && kind !== undefined && /^[A-Z]/.test(kind) && typeof fields === "object"
    ? { kind, fields: fields as object }
    : undefined;
}

export function listSubtree(node: SyntaxNode): SyntaxNode[] {
  return [node, ...node.children.flatMap(listSubtree)];
}

export function getChildren(node: SyntaxNode, field: string): readonly SyntaxNode[] {
  return node.children.filter((child) => child.field === field);
}

/** The strings of a list of names, such as the parts of a qualified one; a `*` is none. */
export function getStrings(node: SyntaxNode, field: string): string[] {
  return getChildren(node, field).flatMap(({ kind, fields }) =>
    kind === "String" && typeof fields["sval"] === "string" ? [fields["sval"]] : [],
  );
}

/** A field that holds a string; empty for any other. */
export function getString(node: SyntaxNode, field: string): string {
  const value = node.fields[field];

  return typeof value === "string" ? value : "";
}

/** The name of a type without the schema of PostgreSQL's own, such as `int4`. */
export function getTypeName(node: SyntaxNode | undefined): string {
  const names = node === undefined ? [] : getStrings(node, "names");

  return names.at(-1) ?? "";
}

export function findAncestor(node: SyntaxNode, ...kinds: readonly string[]): SyntaxNode | undefined {
  for (let outer = node.parent; outer !== undefined; outer = outer.parent) {
    if (kinds.includes(outer.kind)) return outer;
  }

  return undefined;
}
