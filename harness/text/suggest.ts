/**
 * What somebody probably meant: a mistyped word is answered with the known one that is nearest to it.
 */
import { HarnessError } from "../errors.ts";

/**
 * @param what the words are, such as `gate or rule`
 * @param elsewhere which words are known in another place, and which that is
 * @throws HarnessError for the first word that is not known, with the known one that is nearest to it
 */
export function demandKnown(
  what: string,
  words: readonly string[],
  known: readonly string[],
  elsewhere?: { readonly words: RegExp; readonly place: string },
): void {
  const stranger = words.find((word) => !known.includes(word));
  if (stranger === undefined) return;

  const near = nearest(stranger, known);
  const meant = near === undefined ? "" : `; did you mean ${near}?`;
  const hint = elsewhere?.words.test(stranger) === true ? `: ${elsewhere.place}` : meant;
  throw new HarnessError(
    `There is no ${what} ${JSON.stringify(stranger)}${hint}`,
    `Choose from ${[...new Set(known)].join(", ")}`,
  );
}

/** The candidate that at most two typing mistakes, or a third of its letters, make of `word`; case does not count. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined;
  let fewest = Number.POSITIVE_INFINITY;

  for (const candidate of candidates) {
    const mistakes = distance(word.toLowerCase(), candidate.toLowerCase());

    if (mistakes < fewest && mistakes <= Math.max(2, candidate.length / 3) && mistakes < candidate.length) {
      best = candidate;
      fewest = mistakes;
    }
  }

  return best;
}

/** How many letters must be put in, left out or replaced (Levenshtein). */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);

  for (const [i, letter] of [...from].entries()) {
    const next = [i + 1];

    for (const [j, other] of [...to].entries()) {
      const replaced = (row[j] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }

    row = next;
  }

  return row[to.length] ?? 0;
}
