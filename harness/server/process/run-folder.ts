/**
 * A folder that lives as long as this process at most: signed with its owner, removed when it is done with or when the
 * process ends, and swept by a later run where neither was possible.
 */
import { chmodSync, chownSync, lstatSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { HarnessError } from "../../errors.ts";
import { hasCode } from "../../files/file-errors.ts";
import type { Account } from "../embedded/account.ts";
import { onExit } from "./on-exit.ts";
import { signOwner } from "./owner.ts";

export interface RunFolder {
  readonly path: string;
  /** Removes the folder and all in it. Safe to call twice. */
  remove(): Promise<void>;
}

// A process that was just killed may still finish one last write in the folder.
const removal = { recursive: true, force: true, maxRetries: 20, retryDelay: 25 } as const;

/** Makes a new folder in `root` (which is made where it is missing) that belongs to this process. */
export function claimFolder(root: string, account: Account): RunFolder {
  makeRoot(root, account);
  const path = mkdtempSync(join(root, "r-"));
  const forget = onExit(() => rmSync(path, removal));
  try {
    signOwner(path);
  } catch (thrown) {
    rmSync(path, removal);
    forget();
    throw thrown;
  }
  // The account must be able to pass through to what is made for it inside.
  if (account.dropped) chmodSync(path, 0o711);

  return {
    path,
    async remove() {
      await rm(path, removal);
      forget();
    },
  };
}

/** Makes a folder for the account alone. */
export function makePrivate(path: string, account: Account): string {
  mkdirSync(path, { mode: 0o700 });
  if (account.dropped) chownSync(path, account.uid, account.gid);

  return path;
}

/** Anyone can make a folder of a known name in a shared temporary folder: one that is not ours is not used. */
function makeRoot(root: string, account: Account): void {
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
