/**
 * A statement knows its line and its text; where exactly it begins in its file is found from both (pure).
 */
import assert from "node:assert";
import type { Statement } from "./release.ts";

/** Where each of the statements begins in the source, which they are the first ones of. */
export function findStatementStarts(source: string, statements: readonly Statement[]): number[] {
  const lines = source.split("\n");
  const starts: number[] = [];
  let end = 0;
  let line = 1;
  let lineStart = 0;

  for (const statement of statements) {
    for (; line < statement.line; line += 1) {
      lineStart += (lines[line - 1]?.length ?? 0) + 1;
    }
    const start = source.indexOf(statement.text, Math.max(end, lineStart));
    assert(start !== -1, "A statement stands in the source of its step");
    starts.push(start);
    end = start + statement.text.length;
  }

  return starts;
}
