/**
 * Finds the places of a statement and its body that operators change: nodes, conditions, statements (pure).
 */
import { findAncestor, getChildren, type SyntaxNode } from "../release/syntax.ts";
import type { BodyPart, BodyStatement } from "./body.ts";
import type { Fragment } from "./fragment.ts";
import type { Change, Span } from "./mutant.ts";
import { removedWithSpace, replaced } from "./operator.ts";
import type { Subject } from "./subject.ts";
import { findPartner, type SqlToken } from "./tokens.ts";

export interface NodeSite {
  readonly node: SyntaxNode;
  readonly fragment: Fragment;
}

/** The nodes of these kinds in the statement and its body, apart from those that are only displayed. */
export function findNodes(subject: Subject, ...kinds: readonly string[]): NodeSite[] {
  return subject.fragments
    .flatMap((fragment) => fragment.of(...kinds).map((node) => ({ node, fragment })))
    .filter(({ node }) => !isOnlyDisplayed(subject, node));
}

/**
 * Whether a node is only a column or a label of the rows of a report, or their order; or a value that EXPLAIN does not
 * display. No rule depends on it, so no property could kill its mutants.
 */
function isOnlyDisplayed(subject: Subject, node: SyntaxNode): boolean {
  if (!isReport(subject)) return false;
  const inReport = (one: SyntaxNode | undefined) =>
    one?.kind === "SelectStmt" && (one.parent === undefined || one.parent.kind === "ExplainStmt");
  const holders = ["ResTarget", "SortBy"];
  const plain = node.kind === "ColumnRef" || node.kind === "A_Const";
  const held = plain && node.parent !== undefined && holders.includes(node.parent.kind) && inReport(node.parent.parent);
  const target = subject.node === "ExplainStmt" ? findAncestor(node, ...holders) : undefined;

  return held || (target !== undefined && inReport(target.parent));
}

/** A node with the token at its position: the operator of an expression with one. */
export interface TokenSite extends NodeSite {
  readonly token: SqlToken;
  readonly at: number;
}

export function findTokens(subject: Subject, ...kinds: readonly string[]): TokenSite[] {
  return findNodes(subject, ...kinds).flatMap((site) => {
    const at = site.node.at < 0 ? -1 : site.fragment.tokenAt(site.node.at);
    const token = site.fragment.tokens[at];

    return token === undefined ? [] : [{ ...site, token, at }];
  });
}

/** The name of the operator of an expression such as `a < b`; undefined for IN, BETWEEN and the like. */
export function operatorName({ fields }: SyntaxNode): string | undefined {
  const name = fields["name"] as readonly { readonly String?: { readonly sval?: string } }[] | undefined;

  return fields["kind"] === "AEXPR_OP" && name?.length === 1 ? name[0]?.String?.sval : undefined;
}

/** Replaces each operator, such as `<`, with the other that the table gives for it. */
export function exchangedOperators(subject: Subject, others: Readonly<Record<string, string>>): Change[] {
  return findTokens(subject, "A_Expr").flatMap(({ node, token }) => {
    const other = "lexpr" in node.fields ? others[operatorName(node) ?? ""] : undefined;

    return other === undefined ? [] : [replaced(token, other)];
  });
}

/** Constants, apart from the digits of a type, the value of a setting or the number of a column. */
export function findConstants(subject: Subject): TokenSite[] {
  return findTokens(subject, "A_Const").filter(({ node }) => {
    const ordinal = node.parent?.kind === "SortBy" || node.field === "groupClause";

    return !ordinal && findAncestor(node, "TypeName", "VariableSetStmt", "DefElem", "IndexStmt") === undefined;
  });
}

export function findNumbers(subject: Subject): SqlToken[] {
  return findConstants(subject).flatMap(({ node, fragment }) => {
    const token = fragment.tokens.find(({ start, kind }) => start >= node.at && kind === "number");

    return token !== undefined && ("ival" in node.fields || "fval" in node.fields) ? [token] : [];
  });
}

export function childSites({ node, fragment }: NodeSite, field: string): NodeSite[] {
  return getChildren(node, field).map((child) => ({ node: child, fragment }));
}

/** The spans of the nodes in one field of a node; undefined if one of them is uncertain. */
export function findSpans({ node, fragment }: NodeSite, field: string): Span[] | undefined {
  const children = node.children.filter((child) => child.field === field);
  const spans = children.flatMap((child) => fragment.span(child) ?? []);

  return spans.length === children.length ? spans.map((span) => bracketed(fragment, span)) : undefined;
}

/** The operands of a chain of AND or of OR, with their parentheses; none if one is uncertain. */
export function findOperands(site: NodeSite): Span[] {
  return site.node.fields["boolop"] === "NOT_EXPR" ? [] : (findSpans(site, "args") ?? []);
}

/** The span with the parentheses around it, unless they are those of a call. */
function bracketed(fragment: Fragment, span: Span): Span {
  const first = fragment.tokenAt(span.start) - 1;
  const [open, before] = [fragment.tokens[first], fragment.tokens[first - 1]];
  const close = fragment.tokens[findPartner(fragment.tokens, first)];
  const next = fragment.tokens.find(({ start }) => start >= span.end);
  const called =
    before !== undefined && (before.kind === "word" || before.kind === "name") && !beforeBracket.has(before.word);

  if (open?.text !== "(" || close === undefined || close !== next || called) return span;

  return bracketed(fragment, { start: open.start, end: close.end });
}

/** The text of an expression as an operand, in parentheses if it needs them. */
export function asOperand(fragment: Fragment, span: Span): string {
  const tokens = fragment.tokens.filter(({ start, end }) => start >= span.start && end <= span.end);
  const [first, second] = tokens;
  const call = second?.text === "(" && first?.kind === "word" && findPartner(tokens, 1) === tokens.length - 1;
  const closed = first?.text === "(" && findPartner(tokens, 0) === tokens.length - 1;

  return tokens.length === 1 || call || closed ? fragment.text(span) : `(${fragment.text(span)})`;
}

/** After these words a parenthesis belongs to an expression; after any other it may belong to a call. */
const beforeBracket = new Set(
  (
    "AND OR NOT WHERE ON HAVING SELECT WHEN THEN ELSE CASE BY RETURN IF ELSIF IS DISTINCT FROM LIKE ILIKE " +
    "BETWEEN DEFAULT"
  ).split(" "),
);

export function isReport({ node }: Subject): boolean {
  return node === "SelectStmt" || node === "ExplainStmt";
}

/** The conditions of IF, WHILE, EXIT WHEN and CONTINUE WHEN. */
export function findConditions({ body }: Subject): BodyPart[] {
  const kinds = ["if", "while", "exit", "continue"];

  return (body?.statements ?? [])
    .filter(({ kind }) => kinds.includes(kind))
    .flatMap(({ parts }) => parts.filter(({ role }) => role === "condition"));
}

export function bodyStatements({ body }: Subject, ...kinds: readonly BodyStatement["kind"][]): BodyStatement[] {
  return (body?.statements ?? []).filter(({ kind }) => kinds.includes(kind));
}

export function bodyLists({ body }: Subject): (readonly BodyStatement[])[] {
  return (body?.statements ?? []).flatMap(({ lists }) => lists.filter(({ length }) => length > 0));
}

export function withoutStatements(subject: Subject, ...kinds: readonly BodyStatement["kind"][]): Change[] {
  return bodyStatements(subject, ...kinds).map((statement) => withoutStatement(subject, statement));
}

/** Removes a statement of a body. PL/pgSQL allows no empty list, so NULL replaces the only statement of one. */
export function withoutStatement(subject: Subject, statement: BodyStatement): Change {
  const alone = bodyLists(subject).some((list) => list.length === 1 && list[0] === statement);

  return alone ? replaced(statement, "NULL;") : removedWithSpace(subject, statement);
}
