/** Runs cleanup in another process while this one exits: nothing can be awaited then, so it blocks until that is done. */
import { spawnSync } from "node:child_process";
import { hasCode } from "../../files/file-errors.ts";
import { modulePath } from "../../files/installation.ts";

const limitMs = 30_000;
/** A Ctrl-C that arrives while the process starts still ends it; then it is started again. */
const ATTEMPTS = 5;
/** Its own process group, which a second Ctrl-C in the terminal does not reach. Missing from the types of spawnSync. */
const apart = { detached: true };

/** Runs a module, named by its path without the extension; if it fails, reports the message and the module's error. */
export function runAtEnd(path: string, input: object, message: string): void {
  const error = runSync(modulePath(path), input);
  if (error !== undefined) process.stderr.write(`pg-plumbline: ${message}\n${error}`);
}

/**
 * Runs a module of ours and passes the input as JSON on its standard input: other users can read arguments.
 * @returns what it wrote to its standard error, unless it succeeded within half a minute
 */
export function runSync(module: string, input: object): string | undefined {
  // In tests, this runs from the TypeScript sources.
  const words = module.endsWith(".ts") ? ["--import", "tsx", module] : [module];
  for (let left = ATTEMPTS; ; left -= 1) {
    const { stderr, status, signal, error } = spawnSync(process.execPath, words, {
      ...apart,
      input: JSON.stringify(input),
      encoding: "utf8",
      timeout: limitMs,
    });
    // The time limit ends it by a signal, too.
    const wasInterrupted = signal !== null && !hasCode(error, "ETIMEDOUT");
    if (!wasInterrupted || left === 1) return status === 0 ? undefined : stderr;
  }
}
