/**
 * Creates folders. A run folder lasts as long as this process at most: it is marked with its owner, removed at the end,
 * and swept by a later run if that was not possible.
 */
import { chmodSync, chownSync, lstatSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { HarnessError } from "../../errors.ts";
import { hasCode } from "../../files/file-errors.ts";
import { onExit } from "../process/on-exit.ts";
import { writeOwner } from "../process/owner.ts";
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
  const first = mkdirSync(folder, { recursive: true });
  if (first === undefined) return;
  for (let made = folder; made.length >= first.length; made = dirname(made)) chmodSync(made, 0o755);
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
