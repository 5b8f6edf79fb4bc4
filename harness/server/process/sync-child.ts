/** Runs cleanup in another process while this one exits: nothing can be awaited then, so it blocks until that is done. */
import { spawnSync } from "node:child_process";
import { hasCode } from "../../files/file-errors.ts";

const limitMs = 30_000;
/** A Ctrl-C that arrives while the process starts still ends it; then it is started again. */
const ATTEMPTS = 5;

/**
 * Runs a module of ours and passes the input as JSON on its standard input: other users can read arguments.
 * @returns what it wrote to its standard error, unless it succeeded within half a minute
 */
export function runSync(module: string, input: object): string | undefined {
  // In tests, this runs from the TypeScript sources.
  const words = module.endsWith(".ts") ? ["--import", "tsx", module] : [module];
  for (let left = ATTEMPTS; ; left -= 1) {
    const { stderr, status, signal, error } = spawnSync(process.execPath, words, {
      // Its own process group: a second Ctrl-C in the terminal does not reach it.
      detached: true,
      input: JSON.stringify(input),
      encoding: "utf8",
      timeout: limitMs,
    });
    // The time limit ends it by a signal, too.
    const wasInterrupted = signal !== null && !hasCode(error, "ETIMEDOUT");
    if (!wasInterrupted || left === 1) return status === 0 ? undefined : stderr;
  }
}
