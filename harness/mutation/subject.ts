/** Defines what an operator works on: one statement of a step, with all that is known of it. */
import type { Step } from "../release/release.ts";
import type { SyntaxNode } from "../release/syntax.ts";
import type { Body, BodyPart, Declaration } from "./body.ts";
import type { Fragment } from "./fragment.ts";
import type { Span } from "./mutant.ts";

export interface DefinedColumn {
  readonly table: string;
  readonly name: string;
  readonly type: string;
}

export interface Sibling extends Span {
  readonly node: string;
  readonly tree: SyntaxNode | undefined;
}

export interface Subject extends Span {
  readonly list: string;
  readonly step: Step;
  readonly source: string;
  readonly index: number;
  /** All statements of the step, including psql's meta-commands. */
  readonly siblings: readonly Sibling[];
  readonly node: string;
  readonly whole: Fragment;
  readonly fragments: readonly Fragment[];
  /** Of a DO block or a function in PL/pgSQL, if it could be read with certainty. */
  readonly body?: Body;
  /** The fragment of a part of the body, if the parser accepts it. */
  readonly fragmentOf: (part: BodyPart) => Fragment | undefined;
  readonly variables: readonly Declaration[];
  readonly columns: readonly DefinedColumn[];
  readonly object?: string;
}

/** The span of a statement of the step, by default the subject itself, with its semicolon. */
export function withSemicolon({ source, ...own }: Subject, { start, end }: Span = own): Span {
  const semicolon = /^\s*;/.exec(source.slice(end));

  return { start, end: end + (semicolon?.[0].length ?? 0) };
}

export function nextStatement({ siblings, index }: Subject): Sibling | undefined {
  return siblings.find(({ tree }, at) => at > index && tree !== undefined);
}

export function lastStatement({ siblings }: Subject): Sibling | undefined {
  return siblings.findLast(({ tree }) => tree !== undefined);
}

/** Whether the statement changes nothing, so that its order has no effect. */
export function onlyReads(node: string): boolean {
  return ["SelectStmt", "ExplainStmt", "VariableShowStmt"].includes(node);
}
