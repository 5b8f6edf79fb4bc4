/**
 * One place for what must be undone however the process ends. Everything is undone synchronously in Node's own `exit`
 * event, which a normal end, `process.exit` and an uncaught exception all reach; a signal only has to lead there.
 * Whoever else listens for a signal decides about it: then it is theirs to exit or to dispose, and both clean up.
 */
import { constants } from "node:os";
import { messageOf } from "../../errors.ts";

const signals = ["SIGHUP", "SIGINT", "SIGTERM"] as const;
const cleanings = new Set<() => void>();

/**
 * Runs `clean` when the process ends, the last registered first, unless the returned function was called before.
 * `clean` must be synchronous. While something is registered, SIGHUP, SIGINT and SIGTERM end the process with
 * 128 + the signal's number, if nobody else listens for them.
 */
export function onExit(clean: () => void): () => void {
  if (cleanings.size === 0) listen();
  cleanings.add(clean);

  return () => {
    if (cleanings.delete(clean) && cleanings.size === 0) stopListening();
  };
}

function listen(): void {
  process.on("exit", cleanAll);
  // Not `once`: npm passes the terminal's Ctrl-C on, so a second signal often comes while the first is being obeyed.
  // First in line: a listener of the others that removes itself is still there to be counted.
  for (const signal of signals) process.prependListener(signal, endBy);
}

function stopListening(): void {
  process.removeListener("exit", cleanAll);
  for (const signal of signals) process.removeListener(signal, endBy);
}

function endBy(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) - bystanders() > 1) return;

  process.exit(128 + constants.signals[signal]);
}

/**
 * The listeners of the library signal-exit, in both its majors, which other libraries bring along: they never decide,
 * but wait for whoever does, and are told of the exit too.
 */
function bystanders(): number {
  const known = [
    Reflect.get(process, "__signal_exit_emitter__"),
    Reflect.get(globalThis, Symbol.for("signal-exit emitter")),
  ];

  return known.reduce((sum: number, emitter: unknown) => sum + countOf(emitter), 0);
}

function countOf(emitter: unknown): number {
  const count: unknown = typeof emitter === "object" && emitter !== null ? Reflect.get(emitter, "count") : 0;

  return typeof count === "number" ? count : 0;
}

function cleanAll(): void {
  for (const clean of [...cleanings].reverse()) {
    try {
      clean();
    } catch (thrown) {
      process.stderr.write(`pg-plumbline: could not clean up: ${messageOf(thrown)}\n`);
    }
  }
}
