/** Finds the releases directly in a folder, for commands that are given none. */
import { readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { HarnessError } from "../errors.ts";
import { manifestName } from "./read-release.ts";
import { createUnreadableError, isMissingFile } from "./read-text.ts";

/**
 * The folders directly in `root` that hold a `release.json`, absolute and sorted by name; none is an empty list.
 * @throws HarnessError that begins with the path of what cannot be read
 */
export async function findReleases(root: string): Promise<string[]> {
  const absolute = resolve(root);
  const folders = (await namesIn(absolute)).toSorted().map((name) => join(absolute, name));
  const releases: string[] = [];

  for (const folder of folders) if (await holdsManifest(folder)) releases.push(folder);

  return releases;
}

async function namesIn(root: string): Promise<string[]> {
  try {
    return await readdir(root);
  } catch (thrown) {
    if (!isMissingFile(thrown)) throw createUnreadableError(root, thrown);

    throw new HarnessError(`${root}: no such folder`, "Give the path of a folder that holds releases", thrown);
  }
}

async function holdsManifest(folder: string): Promise<boolean> {
  const file = join(folder, manifestName);

  try {
    return (await stat(file)).isFile();
  } catch (thrown) {
    if (isMissingFile(thrown)) return false;

    throw createUnreadableError(file, thrown);
  }
}
