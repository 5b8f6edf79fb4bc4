/** Suggests what a mistyped word was meant to be. */
import { distance } from "fastest-levenshtein";
import { HarnessError } from "../errors.ts";

/**
 * @param what what the words are, such as `gate or rule`
 * @param explain says why a word is not known, if that is known
 * @throws HarnessError for the first word that is not known, with the explanation or the most similar known word
 */
export function requireKnown(
  what: string,
  words: readonly string[],
  known: readonly string[],
  explain?: (word: string) => string | undefined,
): void {
  const unknown = words.find((word) => !known.includes(word));
  if (unknown === undefined) return;

  const explanation = explain?.(unknown);
  const similar = suggest(unknown, known);
  const suggestion = similar === undefined ? "" : `; did you mean ${similar}?`;
  const hint = explanation === undefined ? suggestion : `: ${explanation}`;
  throw new HarnessError(
    `There is no ${what} ${JSON.stringify(unknown)}${hint}`,
    `Choose from ${[...new Set(known)].join(", ")}`,
  );
}

/** Sorts the candidates, the most similar one first; case is ignored. */
export function rankSimilar(word: string, candidates: readonly string[]): string[] {
  const rank = (candidate: string) => distance(word.toLowerCase(), candidate.toLowerCase());

  return candidates.toSorted((one, other) => rank(one) - rank(other));
}

/** Finds the most similar candidate, at most two typing errors or a third of its letters away; case is ignored. */
export function suggest(word: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined;
  let fewest = Number.POSITIVE_INFINITY;

  for (const candidate of candidates) {
    const errors = distance(word.toLowerCase(), candidate.toLowerCase());
    if (errors < fewest && errors <= Math.max(2, candidate.length / 3) && errors < candidate.length) {
      best = candidate;
      fewest = errors;
    }
  }

  return best;
}
