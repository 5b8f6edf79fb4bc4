/**
 * What a PostgreSQL that did not come up says of it: its own message, and what the reader can do about it (pure).
 */

export interface Complaint {
  /** PostgreSQL's own message, in one line. */
  readonly message: string;
  readonly remedy: string;
  /** True where a fresh cluster could change anything: the message is not about the server's surroundings. */
  readonly perhapsDamaged: boolean;
}

const surroundings: readonly (readonly [RegExp, string])[] = [
  [
    /No space left on device|Disk quota exceeded/,
    "Free some space, or set PLUMBLINE_TEMP to a folder with room",
  ],
  [/parameter|directive|setting/, "Mend the settings that were asked for"],
  [/shared memory|semaphores|Cannot allocate memory/, "Free some memory, or ask for smaller shared_buffers"],
  [/effective user ID|user does not exist/, "Run Plumbline as an account that /etc/passwd knows"],
  [/GLIBC|shared librar|cannot execute/, "Run Plumbline on a system with glibc 2.27 or later, or on macOS"],
];

/** The complaint in the output of `postgres` or `initdb`. */
export function complaintIn(log: string): Complaint {
  const lines = log
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  const worst = lines.findLast((line) => /\b(FATAL|PANIC|error):/.test(line)) ?? lines.at(-1);
  const message = (worst ?? "it said nothing").replace(/^.*?\b(FATAL|PANIC|error):\s+/, "");
  const known = surroundings.find(([pattern]) => pattern.test(worst ?? ""));

  return {
    message,
    remedy: known?.[1] ?? "Read the lines of its log that come with this error, and mend what they name",
    perhapsDamaged: known === undefined,
  };
}

/** The end of a log, as far as a reader wants it. */
export function lastLines(log: string, count = 12): string {
  return log.trimEnd().split("\n").slice(-count).join("\n");
}
