/**
 * What a PL/pgSQL body consists of, with its places in the source: statements within statements, the expressions and
 * queries of each, and the declarations (data alone).
 */
import type { Span } from "./mutant.ts";
import type { SqlToken } from "./tokens.ts";

/** An expression or a query of a body. */
export interface BodyPart extends Span {
  readonly kind: "expression" | "query";
  /** What the statement uses it for. */
  readonly role: "condition" | "value" | "bound" | "query" | "argument";
  /** What PL/pgSQL gives to the SQL parser in its place: as long as what stands there. */
  readonly text: string;
}

export type BodyKind =
  | "block"
  | "if"
  | "case"
  | "loop"
  | "while"
  | "for"
  | "foreach"
  | "exit"
  | "continue"
  | "return"
  | "raise"
  | "assert"
  | "perform"
  | "execute"
  | "diagnostics"
  | "commit"
  | "rollback"
  | "null"
  | "cursor"
  | "call"
  | "assignment"
  | "sql";

/** WHEN … THEN … of an exception section. */
export interface BodyHandler extends Span {
  /** What it catches, as written between WHEN and THEN. */
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
  /** The token that PL/pgSQL counts the line of the statement by. */
  readonly token: SqlToken;
  readonly tokens: readonly SqlToken[];
  readonly parts: readonly BodyPart[];
  /** The lists of statements within it, in their order. */
  readonly lists: readonly (readonly BodyStatement[])[];
  /** Of a block: the place of BEGIN, what it declares, and the section that begins with EXCEPTION. */
  readonly block?: BodyBlock;
  /** Of a CASE. */
  readonly branches?: readonly BodyBranch[];
}

export interface BodyBlock {
  readonly begin: Span;
  readonly declared: readonly Declaration[];
  readonly exceptions?: Span & { readonly handlers: readonly BodyHandler[] };
  /** The END that closes it. */
  readonly closing: Span;
}

/** A parameter or a variable. */
export interface Declaration {
  readonly name: string;
  /** The type as it is written, in small letters. */
  readonly type: string;
  readonly value?: BodyPart;
}

export interface Body extends Span {
  readonly root: BodyStatement;
  /** All statements in the order of the source; the root is the first. */
  readonly statements: readonly BodyStatement[];
  /** All parts, those of declarations included. */
  readonly parts: readonly BodyPart[];
  /** What is declared anywhere in it. */
  readonly declared: readonly Declaration[];
}

/** A statement and all within it, in the order of the source. */
export function flattenStatement(statement: BodyStatement): BodyStatement[] {
  return [statement, ...statement.lists.flatMap((list) => list.flatMap(flattenStatement))];
}
