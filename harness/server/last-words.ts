/**
 * Work that is left to do when the process ends. Nothing can be awaited then, so another process does it, and this one
 * waits for that.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const limitMs = 30_000;
/** Out of the terminal's reach: a second Ctrl-C would end it before it could do anything about that. */
const apart = { detached: true };

/**
 * Runs a program of ours, and tells it the rest as JSON on its standard input: words would be everyone's to read.
 * @returns what it said, where it did not succeed within half a minute
 */
export function doNow(program: URL, rest: object): string | undefined {
  const { stderr, status } = spawnSync(process.execPath, [fileURLToPath(program)], {
    ...apart,
    input: JSON.stringify(rest),
    encoding: "utf8",
    timeout: limitMs,
  });

  return status === 0 ? undefined : stderr;
}
