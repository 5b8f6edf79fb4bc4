/** Runs a program to its end, within a limit, and not beyond the end of this process. */
import { type SpawnOptions, spawn } from "node:child_process";
import { onExit } from "./on-exit.ts";
import { sendSignal } from "./processes.ts";

/** The end of a program: `code` is null if a signal ended it. */
export interface ProgramResult {
  readonly code: number | null;
  readonly output: string;
  readonly timedOut: boolean;
}

/** Rejects with the system's error if the program cannot be started. */
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
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => (output += String(chunk)));
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once("error", reject).once("close", resolve);
    });

    return { code, output, timedOut };
  } finally {
    clearTimeout(timer);
    forget();
  }
}
