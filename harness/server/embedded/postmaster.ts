/**
 * The server's process. It is asked to end by SIGQUIT, which takes no time for a checkpoint: the data is thrown away.
 * Where its crash is wanted, it is not asked.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { HarnessError } from "../../errors.ts";
import { hasCode } from "../../files/file-errors.ts";
import { onExit } from "../process/on-exit.ts";
import { blockUntil, signal, startOf } from "../process/processes.ts";
import type { Account } from "./account.ts";
import { killFamily } from "./kill-process-tree.ts";
import { childOptions, notRunnable } from "./program.ts";
import { complaintIn, lastLines } from "./server-log.ts";

const startLimitMs = 60_000;
/** PostgreSQL gives its own children 5 s before it kills them. */
const stopLimitMs = 6_000;

export interface Postmaster {
  /** Ends the server and waits for its end. Safe to call twice. */
  stop(): Promise<void>;
  /** Kills it and all its children with SIGKILL, and waits until they are gone. What it had not committed is lost. */
  kill(): Promise<void>;
}

/** A server that ended, or did not come up in time, before it took connections. */
export class StartFailure extends HarnessError {
  /** True where the reason may lie in the cluster it was started from. */
  readonly perhapsDamaged: boolean;

  constructor(why: string, log: string) {
    const { message, remedy, perhapsDamaged } = complaintIn(log);
    super(`PostgreSQL ${why}: ${message}`, remedy, new Error(lastLines(log)));
    this.perhapsDamaged = perhapsDamaged;
  }
}

/** Starts `postgres` on the data folder and waits until it takes connections. Throws a StartFailure where it does not. */
export async function startPostmaster(
  account: Account,
  file: string,
  words: readonly string[],
  place: { readonly data: string; readonly log: string },
): Promise<Postmaster> {
  const log = openSync(place.log, "a", 0o600);
  const child = spawn(file, ["-D", place.data, ...words], {
    ...childOptions(account),
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  const forget = onExit(() => stopNow(child));
  const stop = async () => {
    await stopGently(child);
    forget();
  };
  const kill = async () => {
    await killWhole(child);
    forget();
  };
  try {
    await begun(child, file);
    await untilReady(child, place);
  } catch (thrown) {
    await stop();
    throw thrown;
  }
  // A program that forgets to dispose can end all the same; the way out stops the server.
  child.unref();

  return { stop, kill };
}

async function begun(child: ChildProcess, file: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", (thrown) => reject(notRunnable(file, thrown)));
  });
}

async function untilReady(child: ChildProcess, place: { data: string; log: string }): Promise<void> {
  const deadline = Date.now() + startLimitMs;
  while (!saysReady(place.data, child.pid)) {
    if (hasEnded(child)) throw new StartFailure("did not start", readFileSync(place.log, "utf8"));
    if (Date.now() >= deadline) {
      throw new StartFailure(`was not ready within ${startLimitMs} ms`, readFileSync(place.log, "utf8"));
    }
    await delay(4);
  }
}

/**
 * PostgreSQL tells its state in the eighth line of this file; it is what `pg_ctl` waits for too. After a crash the file
 * is still that of the process before, until the new one writes its own.
 */
function saysReady(data: string, pid: number | undefined): boolean {
  try {
    const lines = readFileSync(join(data, "postmaster.pid"), "utf8").split("\n");

    return Number(lines[0]) === pid && lines[7]?.trim() === "ready";
  } catch (thrown) {
    if (hasCode(thrown, "ENOENT")) return false;

    throw thrown;
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}

async function stopGently(child: ChildProcess): Promise<void> {
  child.ref();
  for (const how of ["SIGQUIT", "SIGKILL"] as const) {
    if (hasEnded(child)) return;
    const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    child.kill(how);
    await Promise.race([ended, delay(stopLimitMs, undefined, { ref: false })]);
  }
}

async function killWhole(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || hasEnded(child)) return;
  child.ref();
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  await killFamily(child.pid);
  await ended;
}

function stopNow(child: ChildProcess): void {
  const { pid } = child;
  if (pid === undefined || hasEnded(child)) return;
  for (const how of ["SIGQUIT", "SIGKILL"] as const) {
    if (!signal(pid, how) || blockUntil(() => startOf(pid) === undefined, stopLimitMs)) return;
  }
}
