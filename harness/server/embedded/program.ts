/**
 * Runs a program of PostgreSQL to its end, as the server's account, within a limit; and not beyond our own end.
 */
import { spawn } from "node:child_process";
import { HarnessError } from "../../errors.ts";
import { onExit } from "../process/on-exit.ts";
import { signal } from "../process/processes.ts";
import { plainEnvironment } from "../settings.ts";
import type { Account } from "./account.ts";
import { complaintIn, lastLines } from "./server-log.ts";

/** How a child of ours runs: as the account, in a place that it may enter, out of reach of the terminal's signals. */
export function childOptions(account: Account) {
  return {
    cwd: "/",
    env: plainEnvironment(),
    detached: true,
    ...(account.dropped ? { uid: account.uid, gid: account.gid } : {}),
  };
}

/** Throws a HarnessError with the program's own message where it fails or is not done within the limit. */
export async function runProgram(
  account: Account,
  file: string,
  words: readonly string[],
  limitMs: number,
): Promise<void> {
  const child = spawn(file, words, { ...childOptions(account), stdio: ["ignore", "pipe", "pipe"] });
  // The whole group: initdb has children of its own.
  const kill = () => child.pid !== undefined && signal(-child.pid, "SIGKILL");
  const forget = onExit(kill);
  const timer = setTimeout(kill, limitMs);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += String(chunk)));
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once("error", (thrown) => reject(notRunnable(file, thrown)));
      child.once("close", resolve);
    });
    if (code !== 0) throw failed(file, output);
  } finally {
    clearTimeout(timer);
    forget();
  }
}

const startRemedies: Readonly<Record<string, string>> = {
  EACCES: "Set PLUMBLINE_CACHE to a folder on a file system that programs may be run from",
  EPERM: "Run Plumbline as an account other than root, or let root change to another account",
};

/** The error for a program that the system does not even begin to run. */
export function notRunnable(file: string, thrown: Error): HarnessError {
  const code = "code" in thrown ? String(thrown.code) : "";
  const remedy = startRemedies[code] ?? "Run Plumbline on a system with glibc 2.27 or later, or on macOS";

  return new HarnessError(`${file} cannot be run here: ${thrown.message}`, remedy, thrown);
}

function failed(file: string, output: string): HarnessError {
  const { message, remedy } = complaintIn(output);

  return new HarnessError(`${file} failed: ${message}`, remedy, new Error(lastLines(output)));
}
