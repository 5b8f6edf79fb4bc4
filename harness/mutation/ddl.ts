/**
 * Finds the commands of an ALTER TABLE, the constraints of a column, the columns of an index and the options of a function
 * (pure).
 */
import { getChildren, type SyntaxNode } from "../release/syntax.ts";
import type { Span } from "./mutant.ts";
import type { Subject } from "./subject.ts";
import { findPartner, type SqlToken, seek, splitItems } from "./tokens.ts";

/** A command or an item of a list, with its list. */
export interface ListItem {
  readonly node: SyntaxNode;
  readonly span: Span;
  readonly items: readonly Span[];
  readonly at: number;
}

/** The commands of an ALTER TABLE; none if nodes and items do not correspond one to one. */
export function alterCommands({ whole }: Subject): ListItem[] {
  const [root] = whole.nodes;
  if (root?.kind !== "AlterTableStmt") return [];
  const relation = whole.tokens.findIndex(({ start }) => start === getChildren(root, "relation")[0]?.at);
  const from = relation === -1 ? whole.tokens.length : skipName(whole.tokens, relation);

  return paired(getChildren(root, "cmds"), splitItems(whole.tokens, from, whole.tokens.length));
}

/** The columns and constraints between the brackets of a CREATE TABLE. */
export function tableElements({ whole }: Subject): ListItem[] {
  const [root] = whole.nodes;
  const open = whole.tokens.findIndex(({ text }) => text === "(");
  const close = findPartner(whole.tokens, open);

  return root?.kind === "CreateStmt" && close !== -1
    ? paired(getChildren(root, "tableElts"), splitItems(whole.tokens, open + 1, close))
    : [];
}

/** The columns of an index. */
export function indexColumns({ whole }: Subject): ListItem[] {
  const [root] = whole.nodes;
  const on = whole.tokens.findIndex(({ word }) => word === "ON");
  const open = whole.tokens.findIndex(({ text }, at) => at > on && text === "(");
  const close = findPartner(whole.tokens, open);

  return root?.kind === "IndexStmt" && on !== -1 && close !== -1
    ? paired(getChildren(root, "indexParams"), splitItems(whole.tokens, open + 1, close))
    : [];
}

function paired(nodes: readonly SyntaxNode[], items: readonly Span[]): ListItem[] {
  if (nodes.length !== items.length) return [];

  return items.flatMap((span, at) => {
    const node = nodes[at];

    return node === undefined ? [] : [{ node, span, items, at }];
  });
}

function skipName(tokens: readonly SqlToken[], at: number): number {
  let next = at + 1;
  while (tokens[next]?.text === ".") next += 2;

  return next;
}

/** The constraints of columns, such as `NOT NULL` and `DEFAULT 0`. */
export function columnConstraints(subject: Subject, ...kinds: readonly string[]): Span[] {
  return [...alterCommands(subject), ...tableElements(subject)].flatMap(({ node, span }) => {
    const column = node.kind === "ColumnDef" ? node : node.children.find(({ kind }) => kind === "ColumnDef");
    const constraints =
      column === undefined ? [] : getChildren(column, "constraints").toSorted((one, other) => one.at - other.at);

    return constraints.flatMap(({ at, fields }, index) => {
      const next = constraints[index + 1]?.at ?? span.end;
      const last = subject.whole.tokens.findLast(({ end }) => end <= next);

      return kinds.includes(String(fields["contype"])) && at >= 0 && last !== undefined
        ? [{ start: at, end: last.end }]
        : [];
    });
  });
}

/** Where an option of a function can be inserted: after its language. */
export function optionPosition({ whole, node }: Subject): number | undefined {
  const at = whole.tokens.findIndex(({ word }) => word === "LANGUAGE");

  return node === "CreateFunctionStmt" && at !== -1 ? whole.tokens[at + 1]?.end : undefined;
}

/** `SET name = a, b` in a statement, and the spans of the values. */
export function findSetting(
  { whole }: Subject,
  name: string,
): (Span & { readonly values: readonly Span[] }) | undefined {
  const { tokens } = whole;
  const at = tokens.findIndex(
    ({ word }, index) => word === name && ["SET", "LOCAL", "SESSION"].includes(tokens[index - 1]?.word ?? ""),
  );
  const set = tokens.findLast(({ word }, index) => index < at && word === "SET");
  if (at === -1 || set === undefined) return undefined;
  const values: Span[] = [];

  for (let index = at + 2; ; ) {
    const value = tokens[index];
    const end = seek(tokens, index + 1, () => true);
    if (value === undefined) break;
    values.push({ start: value.start, end: value.end });
    if (tokens[end]?.text !== ",") break;
    index = end + 1;
  }
  const last = values.at(-1);

  return last && { start: set.start, end: last.end, values };
}
