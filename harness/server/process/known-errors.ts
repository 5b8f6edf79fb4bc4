/** Recognizes errors by their messages (pure). */

/** What an error's message matches, what it means, and the remedy. */
export type KnownError = readonly [pattern: RegExp, what: string, remedy: string];

/** The meaning and the remedy of the first known error that matches, or those given. */
export function explainError(
  known: readonly KnownError[],
  message: string,
  what: string,
  remedy: string,
): readonly [what: string, remedy: string] {
  const found = known.find(([pattern]) => pattern.test(message));

  return found === undefined ? [what, remedy] : [found[1], found[2]];
}
