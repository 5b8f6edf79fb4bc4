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
  account: ServerAccount,
  from: string,
  to: string,
  { folders, files }: FileTree,
): Promise<void> {
  for (const folder of folders) {
    mkdirSync(join(to, folder), { mode: 0o700 });
    if (account.dropped) chownSync(join(to, folder), account.uid, account.gid);
  }
  await copyEach(files, from, to, async (copy) => {
    if (account.dropped) await chown(copy, account.uid, account.gid);
  });
}

/** Copies so that every account can read and run the files, whatever the modes of the source and the umask. */
export async function copyForAll(
  from: string,
  to: string,
  { folders, files }: FileTree,
  programs: RegExp,
): Promise<void> {
  for (const folder of folders) makeReadableFolder(join(to, folder));
  await copyEach(files, from, to, async (copy, file) => {
    await chmod(copy, programs.test(file) ? 0o755 : 0o644);
  });
}

/** After the first error nothing is being written any more when this rejects. */
async function copyEach(
  files: readonly string[],
  from: string,
  to: string,
  finish: (copy: string, file: string) => Promise<void>,
): Promise<void> {
  const rest = files.values();
  const errors: unknown[] = [];
  const work = async () => {
    for (const file of rest) {
      if (errors.length > 0) return;
      const copy = join(to, file);
      await copyFile(join(from, file), copy, constants.COPYFILE_FICLONE)
        .then(() => finish(copy, file))
        .catch((thrown: unknown) => errors.push(thrown));
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  if (errors.length > 0) throw errors[0];
}
