/**
 * Finds the account that runs PostgreSQL, which refuses to run as root: for root, it is another account. Runs PostgreSQL's
 * programs as that account.
 */

import { readFileSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { HarnessError } from "../../errors.ts";
import { runProgram } from "../process/run-program.ts";
import { diagnoseLog, lastLines } from "../process/server-log.ts";
import { cleanEnvironment } from "../process/settings.ts";

export interface ServerAccount {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  /** True if it is not the account of this process. */
  readonly dropped: boolean;
}

/** @throws HarnessError if this process is root's and there is no account to run the server as */
export function findServerAccount(): ServerAccount {
  const [uid, gid] = [process.getuid?.(), process.getgid?.()];
  if (uid === undefined || gid === undefined) {
    throw new HarnessError(
      `the embedded server does not run on ${process.platform}`,
      "Run Plumbline on Linux or macOS",
    );
  }
  if (uid !== 0) return { name: `uid ${uid}`, uid, gid, dropped: false };
  const account = parseAccount(readFileSync("/etc/passwd", "utf8"), ["postgres", "nobody"]);
  if (account !== undefined) return account;

  throw new HarnessError(
    "PostgreSQL does not run as root, and there is neither an account postgres nor nobody to run it as",
    "Run Plumbline as an account other than root",
  );
}

/** The first of the names that a passwd file contains and that is not root. */
export function parseAccount(passwd: string, names: readonly string[]): ServerAccount | undefined {
  const lines = passwd.split("\n").map((line) => line.split(":"));
  for (const name of names) {
    const [, , uid, gid] = lines.find((fields) => fields[0] === name) ?? [];
    if (!isId(uid) || !isId(gid)) continue;
    // macOS writes nobody as -2; system calls take it as unsigned.
    const account = { name, uid: Number(uid) >>> 0, gid: Number(gid) >>> 0, dropped: true };
    if (account.uid !== 0) return account;
  }

  return undefined;
}

function isId(text: string | undefined): text is string {
  return text !== undefined && /^-?\d+$/.test(text);
}

/** The first folder on the way down to `path`, itself included, that the account may not enter. */
export function findClosedFolder(path: string, account: ServerAccount): string | undefined {
  const above = dirname(path) === path ? undefined : findClosedFolder(dirname(path), account);

  return above ?? (mayEnter(path, account) ? undefined : path);
}

function mayEnter(folder: string, account: ServerAccount): boolean {
  const { mode, uid, gid } = statSync(folder);
  if (uid === account.uid) return (mode & 0o100) !== 0;
  if (gid === account.gid) return (mode & 0o010) !== 0;

  return (mode & 0o001) !== 0;
}

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
