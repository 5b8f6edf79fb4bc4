/**
 * Where things lie. The cache is for good and lies with the user's caches. Run folders lie in memory where there is
 * room: making and dropping databases is making and removing hundreds of small files, and a clone takes
 * 10 ms on tmpfs and up to 250 ms on ext4, which is slow to use a removed inode again.
 */
import { accessSync, constants, statfsSync, statSync } from "node:fs";
import { freemem, tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { HarnessError, messageOf } from "../../errors.ts";
import { fileTrouble } from "../../files/file-errors.ts";
import { type Account, barrier } from "../embedded/account.ts";
import { makeOpen } from "./open-folder.ts";

/** Less than this free, and run folders are not put into memory. */
const roomInMemoryBytes = 2 * 1024 ** 3;
const tmpfsMagic = 0x01021994;

/**
 * The folder for what is worth keeping: the asked one, else `PLUMBLINE_CACHE`, else the first usable of the user's
 * cache (of root: one that other accounts can enter) and one in the temporary folder. Made where it is missing.
 * Throws a HarnessError where it cannot be made, or where the server's account could not enter it.
 */
export async function cacheFolder(account: Account, asked = process.env.PLUMBLINE_CACHE): Promise<string> {
  if (asked !== undefined && asked !== "") return prepareCache(resolve(asked), account);
  const usual = await usualCache(account);
  const spare = join(tmpdir(), `plumbline-cache-${process.getuid?.()}`);

  return isUsable(usual, account) ? usual : prepareOwn(spare, account);
}

/** env-paths asks for a home when it is loaded, and throws for an account without one. */
async function usualCache(account: Account): Promise<string | undefined> {
  if (account.dropped) return "/var/cache/plumbline";
  try {
    const { default: envPaths } = await import("env-paths");

    return envPaths("plumbline", { suffix: "" }).cache;
  } catch (thrown) {
    if (messageOf(thrown).includes("homedir")) return undefined;

    throw thrown;
  }
}

function isUsable(folder: string | undefined, account: Account): folder is string {
  if (folder === undefined) return false;
  try {
    accessSync(prepareCache(folder, account), constants.W_OK);

    return true;
  } catch (thrown) {
    if (thrown instanceof HarnessError || fileTrouble(thrown, "") !== thrown) return false;

    throw thrown;
  }
}

/** Programs are run out of the cache, and a name in the shared temporary folder is anyone's to take. */
function prepareOwn(folder: string, account: Account): string {
  const path = prepareCache(folder, account);
  if (statSync(path).uid === process.getuid?.()) return path;

  throw new HarnessError(`${path} belongs to another account`, "Set PLUMBLINE_CACHE to a folder of your own");
}

function prepareCache(folder: string, account: Account): string {
  try {
    makeOpen(folder);
  } catch (thrown) {
    throw fileTrouble(thrown, `making the cache folder ${folder}`);
  }

  return mustBeOpen(folder, account, "PLUMBLINE_CACHE");
}

function mustBeOpen(folder: string, account: Account, variable: string): string {
  const closed = account.dropped ? barrier(folder, account) : undefined;
  if (closed === undefined) return folder;

  throw new HarnessError(
    `PostgreSQL would run as ${account.name}, who may not enter ${closed}`,
    `Set ${variable} to a folder that every account may enter`,
  );
}

/**
 * The folder that run folders are made in: in `PLUMBLINE_TEMP` if set, else in memory where there is room, else in the
 * temporary folder. Throws a HarnessError where there is no such folder or the server's account could not enter it.
 */
export function runRoot(account: Account): string {
  const parent = runParents().find((folder) => folder !== memory || hasRoom(folder)) ?? tmpdir();
  try {
    statSync(parent);
  } catch (thrown) {
    throw fileTrouble(thrown, `looking for the temporary folder ${parent}`);
  }

  return rootIn(mustBeOpen(parent, account, "PLUMBLINE_TEMP"));
}

/** Every folder that an earlier run may have made run folders in. */
export function runRoots(): readonly string[] {
  return runParents().map(rootIn);
}

const memory = "/dev/shm";

function runParents(): readonly string[] {
  const asked = process.env.PLUMBLINE_TEMP;
  if (asked !== undefined && asked !== "") return [resolve(asked)];

  return process.platform === "linux" ? [memory, tmpdir()] : [tmpdir()];
}

function rootIn(parent: string): string {
  return join(parent, `plumbline-${process.getuid?.()}`);
}

function hasRoom(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    const { type, bavail, bsize } = statfsSync(folder);

    return type === tmpfsMagic && Math.min(bavail * bsize, freemem()) >= roomInMemoryBytes;
  } catch (thrown) {
    if (fileTrouble(thrown, dirname(folder)) !== thrown) return false;

    throw thrown;
  }
}
