/** Runs PostgreSQL's programs as the server's account. */
import { HarnessError } from "../../errors.ts";
import { runProgram } from "../process/run-program.ts";
import { diagnoseLog, lastLines } from "../process/server-log.ts";
import { cleanEnvironment } from "../process/settings.ts";
import type { ServerAccount } from "./account.ts";

/** Options for a child process: in a folder that the account may enter, and out of reach of the terminal's signals. */
export function serverChildOptions(account: ServerAccount) {
  return {
    cwd: "/",
    env: cleanEnvironment(),
    detached: true,
    ...(account.dropped ? { uid: account.uid, gid: account.gid } : {}),
  };
}

/** @throws HarnessError with the program's own message if it fails or exceeds the limit */
export async function runServerProgram(
  account: ServerAccount,
  file: string,
  words: readonly string[],
  limitMs: number,
): Promise<void> {
  const { code, output } = await runProgram(file, words, limitMs, serverChildOptions(account)).catch(
    (thrown: Error) => {
      throw notRunnableError(file, thrown);
    },
  );
  if (code === 0) return;
  const { message, remedy } = diagnoseLog(output);

  throw new HarnessError(`${file} failed: ${message}`, remedy, new Error(lastLines(output)));
}

const remedies: Readonly<Record<string, string>> = {
  EACCES: "Set PLUMBLINE_CACHE to a folder on a file system that programs may be run from",
  EPERM: "Run Plumbline as an account other than root, or let root change to another account",
};

/** The error for a program that the system does not start. */
export function notRunnableError(file: string, thrown: Error): HarnessError {
  const code = "code" in thrown ? String(thrown.code) : "";
  const remedy = remedies[code] ?? "Run Plumbline on a system with glibc 2.27 or later, or on macOS";

  return new HarnessError(`${file} cannot be run here: ${thrown.message}`, remedy, thrown);
}
