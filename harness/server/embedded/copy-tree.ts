/**
 * Copying a tree whose files are known beforehand, by reflink where the file system can: the blocks are then shared
 * until one of the two is written to.
 */
import { chownSync, constants, mkdirSync } from "node:fs";
import { chmod, chown, copyFile } from "node:fs/promises";
import { join } from "node:path";
import { makeOpen } from "../process/open-folder.ts";
import type { Account } from "./account.ts";

export interface Tree {
  /** Relative paths, a folder before what is in it. */
  readonly folders: readonly string[];
  readonly files: readonly string[];
}

/** As many at once as Node has threads for files. */
const lanes = 4;

/** Copies into a folder that is there already, for the account alone: what it may do with the source, it may do with the copy. */
export async function copyFor(account: Account, from: string, to: string, tree: Tree): Promise<void> {
  const own = account.dropped;
  for (const folder of tree.folders) {
    mkdirSync(join(to, folder), { mode: 0o700 });
    if (own) chownSync(join(to, folder), account.uid, account.gid);
  }
  await each(tree.files, async (file) => {
    await copyFile(join(from, file), join(to, file), constants.COPYFILE_FICLONE);
    if (own) await chown(join(to, file), account.uid, account.gid);
  });
}

/** Copies so that every account can read and run it, whatever the modes of the source and the umask are. */
export async function copyForAll(from: string, to: string, tree: Tree, programs: RegExp): Promise<void> {
  for (const folder of tree.folders) makeOpen(join(to, folder));
  await each(tree.files, async (file) => {
    await copyFile(join(from, file), join(to, file), constants.COPYFILE_FICLONE);
    await chmod(join(to, file), programs.test(file) ? 0o755 : 0o644);
  });
}

/** The first failure stops every lane before it is told: nothing is being written any more when this returns. */
async function each(files: readonly string[], work: (file: string) => Promise<void>): Promise<void> {
  const rest = files.values();
  const failures: unknown[] = [];
  const lane = async () => {
    for (const file of rest) {
      if (failures.length > 0) return;
      await work(file).catch((thrown: unknown) => failures.push(thrown));
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  if (failures.length > 0) throw failures[0];
}
