/** Runs a program to its end, within a limit, and not beyond the end of this process. */
import { type SpawnOptions, spawn } from "node:child_process";
import { constants } from "node:os";
import { onExit } from "./on-exit.ts";
import { sendSignal } from "./processes.ts";

/** The end of a program. */
export interface ProgramResult {
  /** 128 and the signal's number if a signal ended it. */
  readonly code: number;
  /** Its standard output and error, the last 100,000 characters. */
  readonly output: string;
  readonly timedOut: boolean;
}

const OUTPUT_MAX = 100_000;
/** A process that left the group may keep the output open. */
const OUTPUT_LIMIT_MS = 1_000;

/**
 * Runs it without input. What it started in its process group ends with it.
 * Rejects with the system's error if the program cannot be started.
 */
export async function runProgram(
  file: string,
  words: readonly string[],
  limitMs: number,
  options: SpawnOptions = {},
): Promise<ProgramResult> {
  // A process group of its own, to be killed with its children.
  const child = spawn(file, words, { ...options, stdio: ["ignore", "pipe", "pipe"], detached: true });
  const kill = () => child.pid !== undefined && sendSignal(-child.pid, "SIGKILL");
  const forget = onExit(kill);
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    kill();
  }, limitMs);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text) => (output = (output + text).slice(-OUTPUT_MAX)));
  }
  child.once("exit", () => {
    kill();
    setTimeout(() => {
      for (const stream of [child.stdout, child.stderr]) stream?.destroy();
    }, OUTPUT_LIMIT_MS).unref();
  });
  try {
    const code = await new Promise<number>((resolve, reject) => {
      child.once("error", reject).once("close", (number: number | null, signal: NodeJS.Signals | null) => {
        resolve(number ?? 128 + (signal === null ? 0 : constants.signals[signal]));
      });
    });

    return { code, output, timedOut };
  } finally {
    clearTimeout(timer);
    forget();
  }
}
