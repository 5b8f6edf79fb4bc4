/**
 * Starts and ends the server's process: by SIGQUIT, which takes no checkpoint, since its data is thrown away. A crash is
 * SIGKILL to it and all its children at one moment. Each child of PostgreSQL leads a process group of its own, so they
 * are found by their parent. The parent is stopped first: then it neither starts another child nor sees one die.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { HarnessError } from "../../errors.ts";
import { hasCode } from "../../files/file-errors.ts";
import { onExit } from "../process/on-exit.ts";
import {
  blockUntil,
  listProcesses,
  type ProcessFacts,
  readProcess,
  readStartTime,
  sendSignal,
} from "../process/processes.ts";
import type { ServerProcess } from "../process/restartable.ts";
import { diagnoseLog, lastLines } from "../process/server-log.ts";
import type { ServerAccount } from "./account.ts";
import { notRunnableError, serverChildOptions } from "./account.ts";

const startLimitMs = 60_000;
/** PostgreSQL gives its own children 5 s before it kills them. */
const stopLimitMs = 6_000;
const suspendLimitMs = 2_000;

/** A server that ended, or exceeded the limit, before it accepted connections. */
export class StartFailure extends HarnessError {
  /** True if the reason may be damage to the cluster. */
  readonly perhapsDamaged: boolean;

  constructor(what: string, log: string) {
    const { message, remedy, perhapsDamaged } = diagnoseLog(log);
    super(`PostgreSQL ${what}: ${message}`, remedy, new Error(lastLines(log)));
    this.perhapsDamaged = perhapsDamaged;
  }
}

/** Starts `postgres` on the data folder and waits until it accepts connections. @throws StartFailure if it does not */
export async function startPostmaster(
  account: ServerAccount,
  file: string,
  words: readonly string[],
  paths: { readonly data: string; readonly log: string },
): Promise<ServerProcess> {
  const log = openSync(paths.log, "a", 0o600);
  const child = spawn(file, ["-D", paths.data, ...words], {
    ...serverChildOptions(account),
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  const forget = onExit(() => stopSync(child));
  const stop = async () => {
    await stopGently(child);
    forget();
  };
  const kill = async () => {
    await killAll(child);
    forget();
  };
  const shutDown = async () => {
    await stopFast(child, paths.log);
    forget();
  };
  try {
    await untilSpawned(child, file);
    await untilReady(child, paths);
  } catch (thrown) {
    await stop();
    throw thrown;
  }
  // A program that does not dispose of the server can still end; the exit stops the server.
  child.unref();

  return { stop, kill, shutDown };
}

async function untilSpawned(child: ChildProcess, file: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", (thrown) => reject(notRunnableError(file, thrown)));
  });
}

async function untilReady(child: ChildProcess, paths: { data: string; log: string }): Promise<void> {
  const deadline = Date.now() + startLimitMs;
  while (!isReady(paths.data, child.pid)) {
    if (hasEnded(child)) throw new StartFailure("did not start", readFileSync(paths.log, "utf8"));
    if (Date.now() >= deadline) {
      throw new StartFailure(`was not ready within ${startLimitMs} ms`, readFileSync(paths.log, "utf8"));
    }
    await delay(4);
  }
}

/**
 * PostgreSQL writes its state to the eighth line of this file, which `pg_ctl` waits for too. After a crash it is the file
 * of the previous process until the new one writes its own.
 */
function isReady(data: string, pid: number | undefined): boolean {
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

function untilEnd(child: ChildProcess): Promise<void> {
  child.ref();

  return new Promise((resolve) => child.once("exit", () => resolve()));
}

async function stopGently(child: ChildProcess): Promise<void> {
  for (const signal of ["SIGQUIT", "SIGKILL"] as const) {
    if (hasEnded(child)) return;
    const ended = untilEnd(child);
    child.kill(signal);
    await Promise.race([ended, delay(stopLimitMs, undefined, { ref: false })]);
  }
}

/** By SIGINT, which disconnects clients and takes a checkpoint (PostgreSQL manual, 18.5 Shutting Down the Server). */
async function stopFast(child: ChildProcess, log: string): Promise<void> {
  if (hasEnded(child)) return;
  const ended = untilEnd(child);
  child.kill("SIGINT");
  await Promise.race([ended, delay(startLimitMs, undefined, { ref: false })]);
  if (!hasEnded(child)) {
    await stopGently(child);
    throw new StartFailure(`did not shut down within ${startLimitMs} ms`, readFileSync(log, "utf8"));
  }
}

async function killAll(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || hasEnded(child)) return;
  const ended = untilEnd(child);
  await killProcessTree(child.pid);
  await ended;
}

function stopSync(child: ChildProcess): void {
  const { pid } = child;
  if (pid === undefined || hasEnded(child)) return;
  for (const signal of ["SIGQUIT", "SIGKILL"] as const) {
    if (!sendSignal(pid, signal) || blockUntil(() => readStartTime(pid) === undefined, stopLimitMs)) return;
  }
}

/**
 * Kills the process and its children, and waits until all are gone.
 * @throws HarnessError if one of them does not end
 */
async function killProcessTree(pid: number): Promise<void> {
  const killed = killAtOnce(pid);
  const deadline = Date.now() + stopLimitMs;
  // What a killed process held, above all its shared memory, is released only when it is gone.
  while (killed.some((one) => readStartTime(one.pid) === one.start)) {
    if (Date.now() >= deadline) {
      throw new HarnessError(
        `processes of PostgreSQL do not end within ${stopLimitMs} ms of SIGKILL`,
        "Look for a disk that hangs, and run again",
      );
    }
    await delay(1);
  }
}

/** Synchronous: whatever ends this process meanwhile finds the server either running or killed. */
function killAtOnce(pid: number): readonly ProcessFacts[] {
  if (sendSignal(pid, "SIGSTOP")) blockUntil(() => readProcess(pid)?.state.startsWith("T") ?? true, suspendLimitMs);
  const tree = listProcesses().filter((one) => one.pid === pid || one.parent === pid);
  for (const one of tree) sendSignal(one.pid, "SIGKILL");

  return tree;
}
