/**
 * Defines a mutant: a small wrong change to one step of a release, as edits of its source. Nothing is ever printed from
 * a parse tree, so that everything else stays as it was (pure).
 */
import { createHash } from "node:crypto";

/** A part of a source, from the index of its first character to the one after its last. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface SourceEdit extends Span {
  readonly text: string;
}

export interface Change {
  /** They do not overlap. */
  readonly edits: readonly SourceEdit[];
  /** What they mean, if the texts before and after do not show it. */
  readonly description?: string;
}

export type OperatorFamily = "expression" | "name" | "statement" | "plpgsql" | "concurrency" | "ddl" | "script";

export interface Mutant {
  /** Depends on the path, the statement and the change alone: it survives edits elsewhere in the file. */
  readonly id: string;
  readonly operator: string;
  readonly family: OperatorFamily;
  /** The path of the changed step in `release.json`. */
  readonly step: string;
  /** The list of the release that the step is in, such as `rollback.emergency`. */
  readonly list: string;
  /** The index of the changed statement in the step; of the first, if there are several. */
  readonly statement: number;
  /** Where the change begins, counted from 1, in characters. */
  readonly line: number;
  readonly column: number;
  readonly object?: string;
  /** The text from the first edit to the last, before and after. */
  readonly original: string;
  readonly replacement: string;
  /** One sentence, without its full stop. */
  readonly description: string;
  /** In the order of their positions. */
  readonly edits: readonly SourceEdit[];
}

export function edited(source: string, edits: readonly SourceEdit[]): string {
  let result = "";
  let from = 0;

  for (const { start, end, text } of edits) {
    result += source.slice(from, start) + text;
    from = end;
  }

  return result + source.slice(from);
}

/** The part of the source from the first edit to the last. */
export function coveringSpan(edits: readonly SourceEdit[]): Span {
  return { start: Math.min(...edits.map(({ start }) => start)), end: Math.max(...edits.map(({ end }) => end)) };
}

/** Applies edits within a span, and returns the span's new text. */
export function editedWithin(source: string, { start, end }: Span, edits: readonly SourceEdit[]): string {
  const moved = edits.map((edit) => ({ ...edit, start: edit.start - start, end: edit.end - start }));

  return edited(source.slice(start, end), moved);
}

export function hashId(words: readonly (string | number)[]): string {
  return createHash("sha256").update(JSON.stringify(words)).digest("hex").slice(0, 12);
}

/** The text on one line, cut to sixty characters. */
export function excerpt(text: string): string {
  const characters = [...text.replace(/\s+/g, " ").trim()];

  return characters.length > 60 ? `${characters.slice(0, 59).join("")}…` : characters.join("");
}

/** Stryker's states, with `equivalent` for its `ignored`. Killed and timed out mutants are detected. */
export type MutantStatus = "killed" | "timeout" | "survived" | "runtimeError" | "compileError" | "equivalent";

export interface MutantOutcome {
  readonly status: MutantStatus;
  /**
   * The property that killed it, ran into the time limit, or failed with an error of the harness; absent if that
   * happened while migrating.
   */
  readonly property?: string;
  /** What was expected and got, the message of the error, or why the mutant is equivalent. */
  readonly reason?: string;
  /** Of a survivor: the properties that were checked. */
  readonly coveredBy?: readonly string[];
}

export interface MutantResult extends MutantOutcome {
  readonly mutant: Mutant;
  /** Wall time while other mutants were tested too; 0 if an earlier run tested it. */
  readonly durationMs: number;
}
