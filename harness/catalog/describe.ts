/**
 * Differences in one line of English (pure). A long value, such as the body of a function, is told by the place where
 * the two sides part.
 */
import type { CatalogDifference } from "./difference.ts";

/** A value longer than this many characters is told in part. */
const lengthMax = 60;

/** How much of what both sides share stands before the place where they part. */
const lead = 20;

/**
 * Such as `column public.t.a was added; function public.f(uuid): security definer true -> false; and 3 more`.
 *
 * @param limit how many differences are told; the others are counted
 */
export function describeDifferences(differences: readonly CatalogDifference[], limit = 3): string {
  if (differences.length === 0) {
    return "no difference";
  }

  const told = differences.slice(0, limit).map(sentence);
  const rest = differences.length - told.length;

  return [...told, ...(rest > 0 ? [told.length > 0 ? `and ${rest} more` : `${rest} differences`] : [])].join(
    "; ",
  );
}

function sentence({ kind, object, property, before, after }: CatalogDifference): string {
  if (kind !== "changed") {
    return `${printable(object)} was ${kind}`;
  }

  const [from, to] = shortened(oneLine(before), oneLine(after));

  return `${printable(object)}: ${property} ${from === to ? "differs in white space only" : `${from} -> ${to}`}`;
}

/** Absent is `none` and SQL's NULL is `NULL`; a text that could be taken for either, or is blank, stands in quotes. */
function oneLine(value: string | null | undefined): string {
  if (value === undefined || value === null) {
    return value === null ? "NULL" : "none";
  }

  const line = printable(value.replace(/\s+/g, " "));

  return /^(none|NULL|)$|^ | $/.test(line) && value.length <= lengthMax ? `"${line}"` : line;
}

function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, (character) => JSON.stringify(character).slice(1, -1));
}

function shortened(before: string, after: string): [string, string] {
  const start = Math.max(0, partingOf(before, after) - lead);

  return [part(before, start), part(after, start)];
}

/** A short value is told whole; of a long one the part from `start` on. */
function part(text: string, start: number): string {
  if (text.length <= lengthMax) {
    return text;
  }

  const end = start + lengthMax;

  return `${start > 0 ? "…" : ""}${text.slice(start, end)}${end < text.length ? "…" : ""}`;
}

function partingOf(before: string, after: string): number {
  const length = Math.min(before.length, after.length);
  let at = 0;

  while (at < length && before[at] === after[at]) {
    at++;
  }

  return at;
}
