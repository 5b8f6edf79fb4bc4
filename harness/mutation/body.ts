/**
 * Describes a PL/pgSQL body by spans of its source: nested statements, their expressions and queries, and declarations.
 */
import type { Span } from "./mutant.ts";
import type { SqlToken } from "./tokens.ts";

export interface BodyPart extends Span {
  readonly kind: "expression" | "query";
  readonly role: "condition" | "value" | "bound" | "query" | "argument";
  /** The text for the SQL parser, as long as the span. */
  readonly text: string;
}

/** By the names of PL/pgSQL's own parser. */
export const BODY_KINDS = {
  block: "block",
  if: "if",
  case: "case",
  loop: "loop",
  while: "while",
  fori: "for",
  fors: "for",
  forc: "for",
  dynfors: "for",
  foreach_a: "foreach",
  exit: "exit",
  return: "return",
  return_next: "return",
  return_query: "return",
  raise: "raise",
  assert: "assert",
  perform: "perform",
  call: "call",
  dynexecute: "execute",
  getdiag: "diagnostics",
  commit: "commit",
  rollback: "rollback",
  open: "cursor",
  fetch: "cursor",
  close: "cursor",
  assign: "assignment",
  execsql: "sql",
} as const;

/** PL/pgSQL takes CONTINUE for an EXIT, and drops NULL. */
export type BodyKind = (typeof BODY_KINDS)[keyof typeof BODY_KINDS] | "continue" | "null";

/** WHEN … THEN … of an exception section. */
export interface BodyHandler extends Span {
  readonly conditions: Span;
  readonly statements: readonly BodyStatement[];
}

/** WHEN … THEN … or ELSE … of a CASE statement. */
export interface BodyBranch extends Span {
  readonly statements: readonly BodyStatement[];
}

/** A statement of a body, from its label or first token to its semicolon. */
export interface BodyStatement extends Span {
  readonly kind: BodyKind;
  /** The token whose line is the statement's line in PL/pgSQL. */
  readonly token: SqlToken;
  readonly tokens: readonly SqlToken[];
  readonly parts: readonly BodyPart[];
  /** The lists of statements in it, in the order of the source. */
  readonly lists: readonly (readonly BodyStatement[])[];
  readonly block?: BodyBlock;
  readonly branches?: readonly BodyBranch[];
}

export interface BodyBlock {
  readonly begin: Span;
  readonly declared: readonly Declaration[];
  readonly exceptions?: Span & { readonly handlers: readonly BodyHandler[] };
  readonly closing: Span;
}

export interface Declaration {
  readonly name: string;
  /** The type as written, in lower case. */
  readonly type: string;
  readonly value?: BodyPart;
}

export interface Body extends Span {
  readonly root: BodyStatement;
  /** All statements in the order of the source, from the root on. */
  readonly statements: readonly BodyStatement[];
  readonly parts: readonly BodyPart[];
  readonly declared: readonly Declaration[];
}

/** A statement and all statements in it, in the order of the source. */
export function flattenStatement(statement: BodyStatement): BodyStatement[] {
  return [statement, ...statement.lists.flatMap((list) => list.flatMap(flattenStatement))];
}
