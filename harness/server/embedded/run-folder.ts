/**
 * Creates folders. A run folder lasts as long as this process at most: it is marked with its owner, removed at the end,
 * and swept by a later run if that was not possible. Swept is only what is provably ours: a folder in our run root, owned by
 * our account, marked by a process that is gone; in it a postmaster only if its process was started on that data folder.
 */
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from "node:fs";
import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { HarnessError } from "../../errors.ts";
import { hasCode } from "../../files/file-errors.ts";
import { type CleanupResult, removeEach } from "../process/cleanup.ts";
import { onExit } from "../process/on-exit.ts";
import { isOrphaned, writeOwner } from "../process/owner.ts";
import { readCommandLine, readStartTime, sendSignal } from "../process/processes.ts";
import type { ServerAccount } from "./account.ts";

export interface RunFolder {
  readonly path: string;
  /** Removes the folder and its contents. Safe to call twice. */
  remove(): Promise<void>;
}

// A process that was just killed may still finish a write in the folder.
const removal = { recursive: true, force: true, maxRetries: 20, retryDelay: 25 } as const;

/** Creates a folder of this process in `root`, which is created if it is missing. */
export function createRunFolder(root: string, account: ServerAccount): RunFolder {
  createRoot(root, account);
  const path = mkdtempSync(join(root, "r-"));
  const forget = onExit(() => rmSync(path, removal));
  try {
    writeOwner(path);
  } catch (thrown) {
    rmSync(path, removal);
    forget();
    throw thrown;
  }
  // The account must be able to reach its folders inside.
  if (account.dropped) chmodSync(path, 0o711);

  return {
    path,
    async remove() {
      await rm(path, removal);
      forget();
    },
  };
}

/** Creates a folder that only the account may enter. */
export function makePrivateFolder(path: string, account: ServerAccount): string {
  mkdirSync(path, { mode: 0o700 });
  if (account.dropped) chownSync(path, account.uid, account.gid);

  return path;
}

/**
 * Creates a folder, and missing ones above it, that every account can read, whatever the umask: root's server runs as
 * another account. The umask belongs to the whole process, and a worker thread may not change it.
 */
export function makeReadableFolder(folder: string): void {
  if (existsSync(folder)) return;
  // One by one: a recursive mkdir never returns below /proc.
  makeReadableFolder(dirname(folder));
  try {
    mkdirSync(folder);
  } catch (thrown) {
    if (!hasCode(thrown, "EEXIST")) throw thrown;
  }
  chmodSync(folder, 0o755);
}

/** In a shared temporary folder, another account may have created a folder of this name: it is not used. */
function createRoot(root: string, account: ServerAccount): void {
  try {
    mkdirSync(root, { mode: 0o700 });
  } catch (thrown) {
    if (!hasCode(thrown, "EEXIST")) throw thrown;
  }
  const found = lstatSync(root);
  if (!found.isDirectory() || found.uid !== process.getuid?.()) {
    throw new HarnessError(
      `${root} belongs to another account`,
      "Remove it, or set PLUMBLINE_TEMP and PLUMBLINE_CACHE to folders of your own",
    );
  }
  if (account.dropped) chmodSync(root, 0o711);
}

/** How long an orphaned postmaster may take to end after each signal. */
const endLimitMs = 6_000;

/** Removes the orphaned folders of these roots and ends the servers in them. Never rejects. */
export async function sweepRunFolders(roots: readonly string[]): Promise<CleanupResult> {
  return await removeEach("servers", roots.flatMap(listFolders), async (folder) => {
    if (!isOurs(folder) || !isOrphaned(folder)) return false;
    await endPostmaster(join(folder, "data"));

    return await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
  });
}

function listFolders(root: string): readonly string[] {
  try {
    return isOurs(root) ? readdirSync(root).map((name) => join(root, name)) : [];
  } catch (thrown) {
    if (hasCode(thrown, "EACCES", "ENOENT")) return [];

    throw thrown;
  }
}

/** Whether it is a folder of this account, and not a link to one. */
function isOurs(folder: string): boolean {
  const found = lstatSync(folder, { throwIfNoEntry: false });

  return found?.isDirectory() === true && found.uid === process.getuid?.();
}

async function endPostmaster(dataFolder: string): Promise<void> {
  const pid = readPostmasterPid(dataFolder);
  if (pid === undefined) return;
  for (const signal of ["SIGQUIT", "SIGKILL"] as const) {
    const start = readStartTime(pid);
    // Run folders have random names without blanks, so blanks separate the words.
    const isServer = `${readCommandLine(pid)} `.includes(` -D ${dataFolder} `);
    if (start === undefined || !isServer || !sendSignal(pid, signal)) return;
    const deadline = Date.now() + endLimitMs;
    while (readStartTime(pid) === start && Date.now() < deadline) await delay(10);
    if (readStartTime(pid) !== start) return;
  }

  throw new Error(`the server with pid ${pid} does not end`);
}

function readPostmasterPid(dataFolder: string): number | undefined {
  try {
    const pid = Number(readFileSync(join(dataFolder, "postmaster.pid"), "utf8").split("\n", 1)[0]);

    return Number.isInteger(pid) && pid > 1 ? pid : undefined;
  } catch (thrown) {
    if (hasCode(thrown, "ENOENT", "ENOTDIR", "EACCES")) return undefined;

    throw thrown;
  }
}
