/** Finds whole statements of a file (pure). */
import type { Span } from "./mutant.ts";
import type { Sibling, Subject } from "./subject.ts";

/** The span of a statement with its semicolon. */
export function withSemicolon({ source }: Subject, { start, end }: Span): Span {
  const semicolon = /^\s*;/.exec(source.slice(end));

  return { start, end: end + (semicolon?.[0].length ?? 0) };
}

/** The next statement that is no meta-command of psql. */
export function nextStatement({ siblings, index }: Subject): Sibling | undefined {
  return siblings.find(({ tree }, at) => at > index && tree !== undefined);
}

/** The last statement of the file that is no meta-command of psql. */
export function lastStatement({ siblings }: Subject): Sibling | undefined {
  return siblings.findLast(({ tree }) => tree !== undefined);
}

/** Whether the statement changes nothing, so that its order has no effect. */
export function onlyReads(node: string): boolean {
  return ["SelectStmt", "ExplainStmt", "VariableShowStmt"].includes(node);
}
