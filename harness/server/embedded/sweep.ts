/**
 * What a killed run left behind, found by the next one. Only what is provably ours is touched: a folder in our own run
 * root, owned by our account, signed by a process that no longer lives; and in it a postmaster only if the process with
 * its pid was started for that very data folder.
 */
import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { messageOf } from "../../errors.ts";
import { hasCode } from "../../files/file-errors.ts";
import { isOrphaned } from "../process/owner.ts";
import { commandOf, signal, startOf } from "../process/processes.ts";

/** How long an orphaned postmaster may take to end, in each of the two ways it is asked. */
const endLimitMs = 6_000;

/**
 * Removes the orphaned folders of these roots and ends the servers in them. Never throws: what could not be swept is
 * told to `onTrouble` and left for the next time.
 * @returns the folders that are gone
 */
export async function sweep(
  roots: readonly string[],
  onTrouble: (text: string) => void,
): Promise<readonly string[]> {
  const swept: string[] = [];
  for (const folder of roots.flatMap(foldersOf)) {
    try {
      if (!isOurs(folder) || !isOrphaned(folder)) continue;
      await endPostmaster(join(folder, "data"));
      await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
      swept.push(folder);
    } catch (thrown) {
      onTrouble(`could not sweep ${folder}: ${messageOf(thrown)}`);
    }
  }

  return swept;
}

function foldersOf(root: string): readonly string[] {
  try {
    return isOurs(root) ? readdirSync(root).map((name) => join(root, name)) : [];
  } catch (thrown) {
    if (hasCode(thrown, "EACCES", "ENOENT")) return [];

    throw thrown;
  }
}

/** A folder of this very account, and no link to one. */
function isOurs(folder: string): boolean {
  const found = lstatSync(folder, { throwIfNoEntry: false });

  return found?.isDirectory() === true && found.uid === process.getuid?.();
}

async function endPostmaster(dataFolder: string): Promise<void> {
  const pid = postmasterOf(dataFolder);
  if (pid === undefined) return;
  for (const how of ["SIGQUIT", "SIGKILL"] as const) {
    const start = startOf(pid);
    if (start === undefined || !servesFrom(pid, dataFolder) || !signal(pid, how)) return;
    if (await isGone(pid, start)) return;
  }

  throw new Error(`the server with pid ${pid} does not end`);
}

async function isGone(pid: number, start: string): Promise<boolean> {
  const deadline = Date.now() + endLimitMs;
  while (startOf(pid) === start) {
    if (Date.now() >= deadline) return false;
    await delay(10);
  }

  return true;
}

/** Run folders have random names without blanks, so the words of the command line are told apart by blanks alone. */
function servesFrom(pid: number, dataFolder: string): boolean {
  return `${commandOf(pid)} `.includes(` -D ${dataFolder} `);
}

function postmasterOf(dataFolder: string): number | undefined {
  try {
    const pid = Number(readFileSync(join(dataFolder, "postmaster.pid"), "utf8").split("\n", 1)[0]);

    return Number.isInteger(pid) && pid > 1 ? pid : undefined;
  } catch (thrown) {
    if (hasCode(thrown, "ENOENT", "ENOTDIR", "EACCES")) return undefined;

    throw thrown;
  }
}
