/**
 * Work that is left to do when the process ends. Nothing can be awaited then, so another process does it, and this one
 * waits for that.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { hasCode } from "../../files/file-errors.ts";

const limitMs = 30_000;
/** Out of the terminal's reach: a second Ctrl-C would end it before it could do anything about that. */
const apart = { detached: true };
/** A Ctrl-C that comes while it is being made still ends it: it is made again. Nobody presses as often as that. */
const ATTEMPTS = 5;

/**
 * Runs a program of ours, and tells it the rest as JSON on its standard input: words would be everyone's to read.
 * @returns what it said, where it did not succeed within half a minute
 */
export function doNow(program: URL, rest: object): string | undefined {
  for (let left = ATTEMPTS; ; left -= 1) {
    const { stderr, status, signal, error } = spawnSync(process.execPath, [fileURLToPath(program)], {
      ...apart,
      input: JSON.stringify(rest),
      encoding: "utf8",
      timeout: limitMs,
    });
    // The limit ends it by a signal, too.
    const wasHit = signal !== null && !hasCode(error, "ETIMEDOUT");
    if (!wasHit || left === 1) return status === 0 ? undefined : stderr;
  }
}
