/**
 * Finds the commands of an ALTER TABLE, the constraints of a column, the columns of an index and the options of a function
 * (pure).
 */
import { getChildren, type SyntaxNode } from "../release/syntax.ts";
import type { Fragment } from "./fragment.ts";
import type { Span } from "./mutant.ts";
import type { Subject } from "./subject.ts";
import { findPartner, seek, splitItems } from "./tokens.ts";

interface ListItem {
  readonly node: SyntaxNode;
  readonly span: Span;
  readonly items: readonly Span[];
  readonly at: number;
}

/** The commands of an ALTER TABLE; none if nodes and items do not correspond one to one. */
export function alterCommands({ whole: { nodes, tokens } }: Subject): ListItem[] {
  const [root] = nodes;
  if (root?.kind !== "AlterTableStmt") return [];
  const relation = tokens.findIndex(({ start }) => start === getChildren(root, "relation")[0]?.at);
  if (relation === -1) return [];
  let from = relation + 1;
  while (tokens[from]?.text === ".") from += 2;

  return paired(getChildren(root, "cmds"), splitItems(tokens, from, tokens.length));
}

export function tableElements({ whole }: Subject): ListItem[] {
  return bracketedItems(whole, "CreateStmt", "tableElts");
}

export function indexColumns({ whole }: Subject): ListItem[] {
  return bracketedItems(whole, "IndexStmt", "indexParams", "ON");
}

/** The items in the first brackets after a word, or else of the statement. */
function bracketedItems({ nodes, tokens }: Fragment, kind: string, field: string, after?: string): ListItem[] {
  const [root] = nodes;
  const from = tokens.findIndex(({ word }) => word === after);
  const open = tokens.findIndex(({ text }, at) => at > from && text === "(");
  const close = findPartner(tokens, open);

  return root?.kind === kind && close !== -1
    ? paired(getChildren(root, field), splitItems(tokens, open + 1, close))
    : [];
}

function paired(nodes: readonly SyntaxNode[], items: readonly Span[]): ListItem[] {
  return nodes.length !== items.length ? [] : nodes.map((node, at) => ({ node, span: items[at] as Span, items, at }));
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
