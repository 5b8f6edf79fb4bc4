/** Copies files known beforehand, by reflink if the file system can: the blocks are shared until one copy is written. */
import { chownSync, constants, mkdirSync } from "node:fs";
import { chmod, chown, copyFile } from "node:fs/promises";
import { join } from "node:path";
import type { ServerAccount } from "./account.ts";
import { makeReadableFolder } from "./run-folder.ts";

export interface FileTree {
  /** Relative paths, a folder before its contents. */
  readonly folders: readonly string[];
  readonly files: readonly string[];
}

/** Node's number of threads for files. */
const concurrency = 4;

/** Copies into an existing folder, for the account alone. */
export async function copyForAccount(
  { dropped, uid, gid }: ServerAccount,
  from: string,
  to: string,
  { folders, files }: FileTree,
): Promise<void> {
  for (const folder of folders) {
    mkdirSync(join(to, folder), { mode: 0o700 });
    if (dropped) chownSync(join(to, folder), uid, gid);
  }
  await copyEach(files, from, to, (copy) => (dropped ? chown(copy, uid, gid) : undefined));
}

/** Copies so that every account can read and run the files, whatever the modes of the source and the umask. */
export async function copyForAll(
  from: string,
  to: string,
  { folders, files }: FileTree,
  programs: RegExp,
): Promise<void> {
  for (const folder of folders) makeReadableFolder(join(to, folder));
  await copyEach(files, from, to, (copy, file) => chmod(copy, programs.test(file) ? 0o755 : 0o644));
}

/** When this rejects, nothing is being written any more. */
async function copyEach(
  files: readonly string[],
  from: string,
  to: string,
  finish: (copy: string, file: string) => Promise<void> | undefined,
): Promise<void> {
  const rest = files.values();
  let failed = false;
  const copyRest = async () => {
    for (const file of rest) {
      if (failed) return;
      try {
        await copyFile(join(from, file), join(to, file), constants.COPYFILE_FICLONE);
        await finish(join(to, file), file);
      } catch (thrown) {
        failed = true;
        throw thrown;
      }
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: concurrency }, copyRest));
  for (const end of ended) if (end.status === "rejected") throw end.reason;
}
