/**
 * Statements of a file as wholes: with their semicolon, and beside their neighbours (pure).
 */
import type { Span } from "./mutant.ts";
import type { Sibling, Subject } from "./subject.ts";

/** The statement with the semicolon that ends it. */
export function withSemicolon({ source }: Subject, { start, end }: Span): Span {
  const semicolon = /^\s*;/.exec(source.slice(end));

  return { start, end: end + (semicolon?.[0].length ?? 0) };
}

/** The statement behind it, psql's own commands aside. */
export function nextStatement({ siblings, index }: Subject): Sibling | undefined {
  return siblings.find(({ tree }, at) => at > index && tree !== undefined);
}

/** The last statement of the file, psql's own commands aside. */
export function lastStatement({ siblings }: Subject): Sibling | undefined {
  return siblings.findLast(({ tree }) => tree !== undefined);
}

/** Statements whose order nobody notices: they read, or say how others are to be run. */
export function onlyReads(node: string): boolean {
  return ["SelectStmt", "ExplainStmt", "VariableShowStmt"].includes(node);
}
