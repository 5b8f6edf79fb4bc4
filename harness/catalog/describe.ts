/** Describes differences in one line (pure). A long value, such as a function body, is cut around the first difference. */
import type { CatalogDifference } from "./difference.ts";

/** Characters of a value. */
const lengthMax = 60;

/** Characters before the first difference. */
const lead = 20;

/**
 * Such as `column public.t.a was added; function public.f(uuid): security definer true -> false; and 3 more`.
 *
 * @param limit the number of differences to describe; the others are counted
 */
export function describeDifferences(differences: readonly CatalogDifference[], limit = 3): string {
  if (differences.length === 0) return "no difference";

  const described = differences.slice(0, limit).map(describeDifference);
  const rest = differences.length - described.length;

  return [...described, ...(rest > 0 ? [described.length > 0 ? `and ${rest} more` : `${rest} differences`] : [])].join(
    "; ",
  );
}

function describeDifference({ kind, object, property, before, after }: CatalogDifference): string {
  if (kind !== "changed") {
    return `${printable(object)} was ${kind}`;
  }

  const [from, to] = cutAtDifference(oneLine(before), oneLine(after));

  return `${printable(object)}: ${property} ${from === to ? "differs in white space only" : `${from} -> ${to}`}`;
}

/** Absent is `none`, and SQL's NULL is `NULL`; a text that looks like either, or is blank, is quoted. */
function oneLine(value: string | null | undefined): string {
  if (value === undefined || value === null) return value === null ? "NULL" : "none";

  const line = printable(value.replace(/\s+/g, " "));

  return /^(none|NULL|)$|^ | $/.test(line) && value.length <= lengthMax ? `"${line}"` : line;
}

function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, (character) => JSON.stringify(character).slice(1, -1));
}

function cutAtDifference(before: string, after: string): [string, string] {
  const start = Math.max(0, findFirstDifference(before, after) - lead);

  return [cut(before, start), cut(after, start)];
}

/** A short value, or the part of a long one from `start` on. */
function cut(text: string, start: number): string {
  if (text.length <= lengthMax) return text;

  const end = start + lengthMax;

  return `${start > 0 ? "…" : ""}${text.slice(start, end)}${end < text.length ? "…" : ""}`;
}

function findFirstDifference(before: string, after: string): number {
  const length = Math.min(before.length, after.length);
  let at = 0;

  while (at < length && before[at] === after[at]) at++;

  return at;
}
