/** Finds where statements begin in their source (pure). */
import assert from "node:assert";
import type { Statement } from "./release.ts";

/** Finds the start of each of the statements, which are the first ones of the source, by its line and its text. */
export function findStatementStarts(source: string, statements: readonly Statement[]): number[] {
  const lines = source.split("\n");
  const starts: number[] = [];
  let end = 0;
  let line = 1;
  let lineStart = 0;

  for (const statement of statements) {
    for (; line < statement.line; line += 1) lineStart += (lines[line - 1]?.length ?? 0) + 1;
    const start = source.indexOf(statement.text, Math.max(end, lineStart));
    assert(start !== -1, "A statement is in the source of its step");
    starts.push(start);
    end = start + statement.text.length;
  }

  return starts;
}
