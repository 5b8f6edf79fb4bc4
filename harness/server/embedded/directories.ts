/**
 * Chooses the folders. The cache is permanent, with the user's other caches. Run folders are in memory if there is
 * space: creating and dropping a database creates and removes hundreds of small files, and a clone takes 10 ms on tmpfs
 * and up to 250 ms on ext4, which is slow to reuse a removed inode.
 */
import { accessSync, constants, statfsSync, statSync } from "node:fs";
import { freemem, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { HarnessError, messageOf } from "../../errors.ts";
import { toFileError } from "../../files/file-errors.ts";
import { findClosedFolder, type ServerAccount } from "./account.ts";
import { makeReadableFolder } from "./run-folder.ts";

const memory = "/dev/shm";
/** With less free memory, run folders are on disk. */
const freeMemoryMinBytes = 2 * 1024 ** 3;
const tmpfsMagic = 0x01021994;

/**
 * The cache: the folder given, else `PLUMBLINE_CACHE`, else the user's cache (root's is one that other accounts can
 * enter), else a folder in the temporary one. It is created if it is missing.
 * @throws HarnessError if it cannot be created, or if the server's account cannot enter it
 */
export async function findCacheFolder(
  account: ServerAccount,
  configured = process.env.PLUMBLINE_CACHE,
): Promise<string> {
  if (configured !== undefined && configured !== "") return prepareCache(resolve(configured), account);
  const usual = await findUserCache(account);
  if (usual !== undefined && check(() => accessSync(prepareCache(usual, account), constants.W_OK))) return usual;
  const path = prepareCache(join(tmpdir(), `plumbline-cache-${process.getuid?.()}`), account);
  // Programs are run from the cache, and any account can create that name in the shared temporary folder.
  if (statSync(path).uid === process.getuid?.()) return path;

  throw new HarnessError(`${path} belongs to another account`, "Set PLUMBLINE_CACHE to a folder of your own");
}

/** env-paths reads the home folder when it is loaded, and throws for an account without one. */
async function findUserCache(account: ServerAccount): Promise<string | undefined> {
  if (account.dropped) return "/var/cache/plumbline";
  try {
    const { default: envPaths } = await import("env-paths");

    return envPaths("plumbline", { suffix: "" }).cache;
  } catch (thrown) {
    if (messageOf(thrown).includes("homedir")) return undefined;

    throw thrown;
  }
}

/** Whether the work succeeds; an error that is not the file system's is thrown. */
function check(work: () => void): boolean {
  try {
    work();

    return true;
  } catch (thrown) {
    if (thrown instanceof HarnessError || toFileError(thrown, "") !== thrown) return false;

    throw thrown;
  }
}

function prepareCache(folder: string, account: ServerAccount): string {
  try {
    makeReadableFolder(folder);
  } catch (thrown) {
    throw toFileError(thrown, `creating the cache folder ${folder}`);
  }

  return requireOpen(folder, account, "PLUMBLINE_CACHE");
}

function requireOpen(folder: string, account: ServerAccount, variable: string): string {
  const closed = account.dropped ? findClosedFolder(folder, account) : undefined;
  if (closed === undefined) return folder;

  throw new HarnessError(
    `PostgreSQL would run as ${account.name}, which may not enter ${closed}`,
    `Set ${variable} to a folder that every account may enter`,
  );
}

/**
 * The folder for run folders: in `PLUMBLINE_TEMP` if set, else in memory if there is space, else in the temporary folder.
 * @throws HarnessError if that folder is missing, or if the server's account cannot enter it
 */
export function findRunRoot(account: ServerAccount): string {
  const parent = listRunParents().find((folder) => folder !== memory || hasFreeMemory()) ?? tmpdir();
  try {
    statSync(parent);
  } catch (thrown) {
    throw toFileError(thrown, `looking for the temporary folder ${parent}`);
  }

  return runRoot(requireOpen(parent, account, "PLUMBLINE_TEMP"));
}

/** Every folder in which an earlier run may have created run folders. */
export function listRunRoots(): readonly string[] {
  return listRunParents().map(runRoot);
}

function listRunParents(): readonly string[] {
  const configured = process.env.PLUMBLINE_TEMP;
  if (configured !== undefined && configured !== "") return [resolve(configured)];

  return process.platform === "linux" ? [memory, tmpdir()] : [tmpdir()];
}

function runRoot(parent: string): string {
  return join(parent, `plumbline-${process.getuid?.()}`);
}

function hasFreeMemory(): boolean {
  if (!check(() => accessSync(memory, constants.W_OK | constants.X_OK))) return false;
  const { type, bavail, bsize } = statfsSync(memory);

  return type === tmpfsMagic && Math.min(bavail * bsize, freemem()) >= freeMemoryMinBytes;
}
