/** Defines mutation operators: an operator makes one sort of mistake wherever a statement offers the place for it. */
import { type Change, excerpt, type OperatorFamily, type SourceEdit, type Span } from "./mutant.ts";
import type { Subject } from "./subject.ts";

/** What a file `operators/<name>.operator.ts` exports, and nothing else; the file name is the operator's name. */
export interface Operator {
  readonly family: OperatorFamily;
  /** The mistake: one sentence, without its full stop. */
  readonly sentence: string;
  /** Yields the changes to a statement, one for each mutant. */
  readonly mutate: (subject: Subject) => Iterable<Change>;
  /** All mutants of a source, by the source; some sources have none. */
  readonly examples: Readonly<Record<string, readonly string[]>>;
}

export interface NamedOperator extends Operator {
  readonly name: string;
}

/** The change that replaces the span with the text. */
export function replaced({ start, end }: Span, text: string): Change {
  return { edits: [{ start, end, text }] };
}

/** The change that makes these edits, which do not overlap. */
export function changed(...edits: readonly SourceEdit[]): Change {
  return { edits: edits.toSorted((one, other) => one.start - other.start) };
}

export function removed(span: Span): Change {
  return replaced(span, "");
}

/** Removes the span with the white space before it. */
export function removedWithSpace({ source }: { readonly source: string }, { start, end }: Span): Change {
  let from = start;
  while (/\s/.test(source.charAt(from - 1))) from -= 1;

  return removed({ start: from, end });
}

/** Removes each span with the white space before it. */
export function removedEach(text: { readonly source: string }, spans: readonly Span[]): Change[] {
  return spans.map((span) => removedWithSpace(text, span));
}

/** Removes what is between the beginnings of two tokens; nothing if there is no second one. */
export function removedUpTo(first: Span, next: Span | undefined): Change[] {
  return next === undefined ? [] : [removed({ start: first.start, end: next.start })];
}

export function added(position: number, text: string): Change {
  return replaced({ start: position, end: position }, text);
}

/** Exchanges two spans, given in the order of the source. */
export function swapped({ source }: { readonly source: string }, first: Span, second: Span): Change {
  const [one, other] = [source.slice(first.start, first.end), source.slice(second.start, second.end)];

  return {
    edits: [...replaced(first, other).edits, ...replaced(second, one).edits],
    description: `${excerpt(one)} and ${excerpt(other)} are exchanged`,
  };
}

/** Exchanges each item of a list with the next one. */
export function swappedNeighbours(subject: Subject, items: readonly Span[]): Change[] {
  return neighbours(items).map(([first, second]) => swapped(subject, first, second));
}

/** Each item of a list with the one after it. */
export function neighbours<Item>(items: readonly Item[]): (readonly [Item, Item])[] {
  return items.flatMap((item, at) => {
    const before = items[at - 1];

    return before === undefined ? [] : [[before, item] as const];
  });
}

/** Removes an item of a comma-separated list with its comma; not if it is the only one. */
export function withoutItem(items: readonly Span[], at: number): Change[] {
  const [before, item, after] = [items[at - 1], items[at], items[at + 1]];
  if (item === undefined) return [];
  if (after !== undefined) return removedUpTo(item, after);

  return before === undefined ? [] : [removed({ start: before.end, end: item.end })];
}
