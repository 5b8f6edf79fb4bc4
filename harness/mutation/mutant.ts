/**
 * A mutant is a small wrong change to one step of a release, as plain data: a readable difference of a file, by source
 * positions. Nothing is ever printed from a parse tree, so that all that is not meant stays as it was (pure).
 */
import { createHash } from "node:crypto";

/** A part of a source: string indexes, the end is behind the last character. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** What stands between `start` and `end` of the source becomes `text`. */
export interface Edit extends Span {
  readonly text: string;
}

/** What an operator changes: the edits of one mutant, which do not overlap; and what they come to, if that is not plain. */
export interface Change {
  readonly edits: readonly Edit[];
  readonly says?: string;
}

export type Family = "expression" | "name" | "statement" | "plpgsql" | "concurrency" | "ddl" | "script";

export interface Mutant {
  /** Stays the same while its statement does: other mutants, lines and statements have no part in it. */
  readonly id: string;
  /** The name of the operator that made it. */
  readonly operator: string;
  readonly family: Family;
  /** The step that is changed, by its path in `release.json`. */
  readonly step: string;
  /** The list of the release that the step is in, such as `rollback.emergency`. */
  readonly list: string;
  /** Which statement of the step is changed, counted from 0; the first of them, where there are several. */
  readonly statement: number;
  /** Where the change begins: both count from 1, the column in characters. */
  readonly line: number;
  readonly column: number;
  /** The function, table, index or constraint that is changed, where there is one. */
  readonly object?: string;
  /** From the first edit to the last, before and after. */
  readonly original: string;
  readonly replacement: string;
  /** One sentence, without its full stop. */
  readonly description: string;
  /** In the order of their positions. */
  readonly edits: readonly Edit[];
}

/** The text with the edits made. */
export function edited(source: string, edits: readonly Edit[]): string {
  let result = "";
  let from = 0;

  for (const { start, end, text } of edits) {
    result += source.slice(from, start) + text;
    from = end;
  }

  return result + source.slice(from);
}

/** The part of the source from the first edit to the last. */
export function spanOf(edits: readonly Edit[]): Span {
  return {
    start: Math.min(...edits.map(({ start }) => start)),
    end: Math.max(...edits.map(({ end }) => end)),
  };
}

/** What stands in the span once the edits are made, which lie within it. */
export function editedWithin(source: string, { start, end }: Span, edits: readonly Edit[]): string {
  const moved = edits.map((edit) => ({ ...edit, start: edit.start - start, end: edit.end - start }));

  return edited(source.slice(start, end), moved);
}

/** Twelve hexadecimal digits that these words decide. */
export function idOf(words: readonly (string | number)[]): string {
  return createHash("sha256").update(JSON.stringify(words)).digest("hex").slice(0, 12);
}

/** The beginning of a text, for a sentence: on one line, and of no more than sixty characters. */
export function shortened(text: string): string {
  const words = [...text.replace(/\s+/g, " ").trim()];

  return words.length > 60 ? `${words.slice(0, 59).join("")}…` : words.join("");
}
