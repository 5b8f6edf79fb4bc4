/**
 * What a mutation operator is: one sort of mistake, and where it can be made. An operator is one file
 * `operators/<name>.operator.ts`, which also shows by examples what it makes and what it leaves alone.
 */
import { type Change, type Edit, type Family, type Span, shortened } from "./mutant.ts";
import type { Subject } from "./subject.ts";

export interface Operator {
  readonly kind: "operator";
  readonly name: string;
  readonly family: Family;
  /** What is wrong with its mutants: one sentence, without its full stop. */
  readonly sentence: string;
  /** The changes that it makes to a statement, a mutant each. */
  readonly find: (subject: Subject) => Iterable<Change>;
}

/** For each operator: SQL that it mutates with all that becomes of it, and SQL that it leaves alone. */
export interface Examples {
  readonly makes: readonly { readonly of: string; readonly mutants: readonly string[] }[];
  readonly leaves: readonly string[];
}

/** States an operator. */
export function operator(name: string, family: Family, sentence: string, find: Operator["find"]): Operator {
  return { kind: "operator", name, family, sentence, find };
}

/** The change that puts this text in the place of the span. */
export function replaced({ start, end }: Span, text: string): Change {
  return { edits: [{ start, end, text }] };
}

/** The change that makes these edits, in the order of their places. */
export function changed(...edits: readonly Edit[]): Change {
  return { edits: edits.toSorted((one, other) => one.start - other.start) };
}

/** The change that leaves the span out. */
export function removed(span: Span): Change {
  return replaced(span, "");
}

/** The change that puts the text in. */
export function added(position: number, text: string): Change {
  return replaced({ start: position, end: position }, text);
}

/** The change that exchanges two spans, the first of which comes first. */
export function swapped(source: string, first: Span, second: Span): Change {
  const [one, other] = [source.slice(first.start, first.end), source.slice(second.start, second.end)];
  const { edits } = changed({ ...placeOf(first), text: other }, { ...placeOf(second), text: one });

  return { edits, says: `${shortened(one)} and ${shortened(other)} are exchanged` };
}

/** The change that leaves an item of a list out, with the comma that it does not need then. */
export function withoutItem(items: readonly Span[], at: number): Change | undefined {
  const [before, item, after] = [items[at - 1], items[at], items[at + 1]];

  if (item === undefined || items.length < 2) return undefined;
  if (after !== undefined) return removed({ start: item.start, end: after.start });

  return before && removed({ start: before.end, end: item.end });
}

function placeOf({ start, end }: Span): Span {
  return { start, end };
}
