/** Finds the account that runs PostgreSQL, which refuses to run as root: for root, it is another account. */
import { readFileSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { HarnessError } from "../../errors.ts";

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
