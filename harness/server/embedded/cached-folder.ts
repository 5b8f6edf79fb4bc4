/**
 * A folder that is made once and then only read. It is made aside and renamed into place, so it is there whole or not
 * at all; two that make it at once both succeed, and the later one takes what the earlier one made.
 */
import { renameSync } from "node:fs";
import { dirname, join } from "node:path";
import { hasCode } from "../../files/file-errors.ts";
import { makeOpen } from "../process/open-folder.ts";
import { claimFolder } from "../process/run-folder.ts";
import type { Account } from "./account.ts";
import { fits, type Manifest, readManifest, survey, writeManifest } from "./folder-manifest.ts";

export interface CachedFolder {
  /** Where the content lies: not to be changed. */
  readonly content: string;
  readonly manifest: Manifest;
  /** True where this call made it. */
  readonly fresh: boolean;
}

export interface Recipe {
  /** Where the folder goes inside the cache; it must name all that the content depends on. */
  readonly name: string;
  readonly make: (content: string) => Promise<void>;
  /** The id of a making that turned out to be bad although its manifest fits. */
  readonly bad?: string | undefined;
}

/** The folders inside a cache in which things are being made: to be swept like run folders. */
export function buildRoot(cache: string): string {
  return join(cache, "building");
}

/** The folder of the recipe, made now if it is missing, damaged or known to be bad. */
export async function cachedFolder(cache: string, account: Account, recipe: Recipe): Promise<CachedFolder> {
  const place = join(cache, recipe.name);
  const found = look(place, recipe.bad);
  if (found !== undefined) return found;
  const aside = claimFolder(buildRoot(cache), account);
  try {
    const made = join(aside.path, "made");
    makeOpen(join(made, "content"));
    await recipe.make(join(made, "content"));
    writeManifest(join(made, "manifest.json"), survey(join(made, "content")));

    return settle(made, place, aside.path, recipe.bad);
  } finally {
    await aside.remove();
  }
}

function look(place: string, bad: string | undefined): CachedFolder | undefined {
  const manifest = readManifest(join(place, "manifest.json"));
  const content = join(place, "content");
  if (manifest === undefined || manifest.id === bad || !fits(content, manifest)) return undefined;

  return { content, manifest, fresh: false };
}

/** Every round ends with our folder in place, or with a good one that another process put there meanwhile. */
function settle(made: string, place: string, aside: string, bad: string | undefined): CachedFolder {
  makeOpen(dirname(place));
  for (let round = 0; round < 10; round += 1) {
    const found = look(place, bad);
    if (found !== undefined) return found;
    moveIfThere(place, join(aside, `old-${round}`));
    if (moveIfFree(made, place)) break;
  }
  const settled = look(place, bad);
  if (settled === undefined) throw new Error(`${place} is being changed by something else`);

  return { ...settled, fresh: true };
}

function moveIfThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (thrown) {
    if (!hasCode(thrown, "ENOENT")) throw thrown;
  }
}

function moveIfFree(from: string, to: string): boolean {
  try {
    renameSync(from, to);

    return true;
  } catch (thrown) {
    if (hasCode(thrown, "ENOTEMPTY", "EEXIST")) return false;

    throw thrown;
  }
}
