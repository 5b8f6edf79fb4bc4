/** Recognizes errors by their messages, and in the output of `postgres` or `initdb` why it did not start (pure). */

const remedies: readonly (readonly [RegExp, string])[] = [
  [/No space left on device|Disk quota exceeded/, "Free some space, or set PLUMBLINE_TEMP to a folder with room"],
  [/parameter|directive|setting/, "Fix the server settings"],
  [/shared memory|semaphores|Cannot allocate memory/, "Free some memory, or set a smaller shared_buffers"],
  [/effective user ID|user does not exist/, "Run Plumbline as an account that /etc/passwd knows"],
  [/GLIBC|shared librar|cannot execute/, "Run Plumbline on a system with glibc 2.27 or later, or on macOS"],
];

export function diagnoseLog(log: string) {
  const lines = log
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  const worst = lines.findLast((line) => /\b(FATAL|PANIC|error):/.test(line)) ?? lines.at(-1);
  const message = (worst ?? "no output").replace(/^.*?\b(FATAL|PANIC|error):\s+/, "");
  const known = remedies.find(([pattern]) => pattern.test(worst ?? ""));

  return {
    /** PostgreSQL's own message, in one line. */
    message,
    remedy: known?.[1] ?? "Read the lines of its log that come with this error, and fix what they name",
    /** True if a new cluster might help: the message is not about the settings or the system. */
    perhapsDamaged: known === undefined,
  };
}

/** The end of a log, short enough for an error message. */
export function lastLines(log: string, count = 12): string {
  return log.trimEnd().split("\n").slice(-count).join("\n");
}

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
