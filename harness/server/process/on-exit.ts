/**
 * Registers what must be cleaned up however the process ends. Everything runs synchronously in Node's `exit` event, which
 * a normal end, `process.exit` and an uncaught exception all raise. A signal would end the process without it; so while
 * something is registered, SIGHUP, SIGINT and SIGTERM call `process.exit`, before other listeners for them run. Cleanup that
 * is asynchronous runs in another process, for which this one waits.
 */
import { spawnSync } from "node:child_process";
import { constants } from "node:os";
import { messageOf } from "../../errors.ts";
import { hasCode } from "../../files/file-errors.ts";
import { modulePath } from "../../files/installation.ts";

const signals = ["SIGHUP", "SIGINT", "SIGTERM"] as const;
const cleanups = new Set<() => void>();

/**
 * Runs the cleanup, which must be synchronous, when the process ends: the last registered first. Ended by a signal, the
 * process exits with 128 + the signal's number.
 * @returns removes the registration
 */
export function onExit(cleanup: () => void): () => void {
  if (cleanups.size === 0) {
    process.on("exit", cleanAll);
    // Not `once`: npm passes Ctrl-C on, so a second signal often arrives while the first is being handled.
    for (const signal of signals) process.prependListener(signal, exitBy);
  }
  cleanups.add(cleanup);

  return () => {
    if (!cleanups.delete(cleanup) || cleanups.size > 0) return;
    process.removeListener("exit", cleanAll);
    for (const signal of signals) process.removeListener(signal, exitBy);
  };
}

function exitBy(signal: NodeJS.Signals): void {
  process.exit(128 + constants.signals[signal]);
}

function cleanAll(): void {
  for (const cleanup of [...cleanups].reverse()) {
    try {
      cleanup();
    } catch (thrown) {
      process.stderr.write(`pg-plumbline: could not clean up: ${messageOf(thrown)}\n`);
    }
  }
}

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
