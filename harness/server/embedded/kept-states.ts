/**
 * Keeps clusters in which a long state was prepared, such as all migrations of a history but the newest: a later run starts
 * from a copy. They are folders of the cache like the others: complete or missing, and checked before they are used.
 * When all together are too large, those that were not used for the longest time are removed.
 */
import { chownSync, existsSync, readdirSync, renameSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hasCode } from "../../files/file-errors.ts";
import type { ServerAccount } from "./account.ts";
import type { Binaries } from "./binaries.ts";
import { buildFolder, createManifest, findCachedFolder, provideFolder } from "./cached-folder.ts";
import { type Cluster, clusterKey, toCluster } from "./cluster-cache.ts";
import { copyForAccount } from "./copy-tree.ts";
import { createRunFolder, makePrivateFolder } from "./run-folder.ts";

export const KEPT_BYTES_MAX = 2 * 1024 ** 3;

const FOLDER = "states";

/** A kept cluster, and the name of the state in it. */
export interface KeptCluster {
  readonly key: string;
  readonly cluster: Cluster;
}

export class KeptStates {
  readonly #cache: string;
  readonly #account: ServerAccount;
  readonly #binaries: Binaries;

  constructor(cache: string, account: ServerAccount, binaries: Binaries) {
    this.#cache = cache;
    this.#account = account;
    this.#binaries = binaries;
  }

  /** The first state of these names that is there. */
  find(keys: readonly string[]): KeptCluster | undefined {
    for (const key of keys) {
      const folder = findCachedFolder(this.#cache, this.#name(key));
      if (folder === undefined) continue;
      markUsed(join(this.#cache, this.#name(key)));

      return { key, cluster: toCluster(folder, this.#account) };
    }

    return undefined;
  }

  /** Copies the data of a server that was shut down, and removes what is too much. */
  async keep(key: string, data: string, password: string): Promise<void> {
    await provideFolder(this.#cache, this.#account, {
      name: this.#name(key),
      build: async (content) => {
        const { folders, files } = createManifest(data);
        const copy = makePrivateFolder(join(content, "data"), this.#account);
        await copyForAccount(this.#account, data, copy, { folders, files: files.map(([path]) => path) });
        const file = join(content, "password");
        writeFileSync(file, password, { mode: 0o600 });
        if (this.#account.dropped) chownSync(file, this.#account.uid, this.#account.gid);
      },
    });
    await removeKeptStates(this.#cache, this.#account, KEPT_BYTES_MAX);
  }

  /** Removes a state that proved damaged. */
  async forget(key: string): Promise<void> {
    await removeFolder(this.#cache, this.#account, join(this.#cache, this.#name(key)));
  }

  /** PostgreSQL starts only with the binaries and from the account that a cluster was made with. */
  #name(key: string): string {
    return join(FOLDER, `${clusterKey(this.#account, this.#binaries)}-${key}`);
  }
}

/**
 * Removes the states that were not used for the longest time, until the others are small enough together.
 * @returns the folders that were removed
 */
export async function removeKeptStates(
  cache: string,
  account: ServerAccount,
  bytesMax: number,
): Promise<readonly string[]> {
  const removed: string[] = [];
  let rest = bytesMax;
  for (const { folder, bytes } of listStates(join(cache, FOLDER))) {
    rest -= bytes;
    if (rest < 0 && (await removeFolder(cache, account, folder))) removed.push(folder);
  }

  return removed;
}

/** The latest used first. */
function listStates(root: string): readonly { readonly folder: string; readonly bytes: number }[] {
  if (!existsSync(root)) return [];
  const states = readdirSync(root).flatMap((name) => {
    const folder = join(root, name);
    const found = statSync(folder, { throwIfNoEntry: false });

    return found === undefined ? [] : [{ folder, usedMs: found.mtimeMs }];
  });

  return states
    .toSorted((one, other) => other.usedMs - one.usedMs)
    .map(({ folder }) => ({ folder, bytes: measureBytes(folder) }));
}

function measureBytes(folder: string): number {
  try {
    return createManifest(folder).files.reduce((sum, [, size]) => sum + size, 0);
  } catch (thrown) {
    // Another process removes it.
    if (hasCode(thrown, "ENOENT")) return 0;
    throw thrown;
  }
}

/** Moved away first: no other process sees a part of it. False if another process was first. */
async function removeFolder(cache: string, account: ServerAccount, folder: string): Promise<boolean> {
  const workspace = createRunFolder(buildFolder(cache), account);
  try {
    renameSync(folder, join(workspace.path, "old"));

    return true;
  } catch (thrown) {
    if (hasCode(thrown, "ENOENT")) return false;
    throw thrown;
  } finally {
    await workspace.remove();
  }
}

function markUsed(folder: string): void {
  try {
    utimesSync(folder, new Date(), new Date());
  } catch (thrown) {
    // Another process removes it, or another account owns the cache.
    if (!hasCode(thrown, "ENOENT", "EPERM", "EACCES")) throw thrown;
  }
}
