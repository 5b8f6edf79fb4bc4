/**
 * What an operator looks at: one statement of a step, with all that is known of it (data alone).
 */
import type { Step } from "../release/release.ts";
import type { SyntaxNode } from "../release/syntax.ts";
import type { Body, BodyPart, Declaration } from "./body.ts";
import type { Fragment } from "./fragment.ts";
import type { Span } from "./mutant.ts";

/** A column that the release or its baseline defines. */
export interface DefinedColumn {
  readonly table: string;
  readonly name: string;
  readonly type: string;
}

/** A statement of the step, by its place; `end` is without its semicolon. */
export interface Sibling extends Span {
  readonly node: string;
  readonly tree: SyntaxNode | undefined;
}

export interface Subject extends Span {
  readonly list: string;
  readonly step: Step;
  readonly source: string;
  /** Its place among the siblings. */
  readonly index: number;
  /** All statements of the step, psql's own commands included. */
  readonly siblings: readonly Sibling[];
  /** The name of its parse node. */
  readonly node: string;
  /** The statement itself as a fragment. */
  readonly whole: Fragment;
  /** The statement, and the expressions and queries of its body. */
  readonly fragments: readonly Fragment[];
  /** Of a DO block or a function in PL/pgSQL, where it could be read with certainty. */
  readonly body?: Body;
  /** The fragment of a part of the body, where the parser takes it. */
  readonly fragmentOf: (part: BodyPart) => Fragment | undefined;
  /** Parameters and variables of its function or block. */
  readonly variables: readonly Declaration[];
  readonly columns: readonly DefinedColumn[];
  readonly object?: string;
}
