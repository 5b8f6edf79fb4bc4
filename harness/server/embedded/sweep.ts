/**
 * Removes what killed runs left behind, and only what is provably ours: a folder in our run root, owned by our account,
 * marked by a process that is gone; in it a postmaster only if its process was started on that data folder.
 */
import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { hasCode } from "../../files/file-errors.ts";
import { type CleanupResult, removeEach } from "../process/cleanup.ts";
import { isOrphaned } from "../process/owner.ts";
import { readCommandLine, readStartTime, sendSignal } from "../process/processes.ts";

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
