/**
 * Registers what must be cleaned up however the process ends. Everything runs synchronously in Node's `exit` event, which
 * a normal end, `process.exit` and an uncaught exception all raise. A signal would end the process without it; so while
 * something is registered, SIGHUP, SIGINT and SIGTERM call `process.exit`, before other listeners for them run.
 */
import { constants } from "node:os";
import { messageOf } from "../../errors.ts";

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
