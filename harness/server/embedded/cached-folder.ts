/**
 * Caches folders that are built once and then only read. A folder is built next to its final place and renamed, so it is
 * complete or missing; of two processes that build it at once, the later one takes the result of the earlier one. A
 * manifest of all files and sizes shows damage before anything is started from the folder.
 */
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import * as v from "valibot";
import { hasCode } from "../../files/file-errors.ts";
import type { ServerAccount } from "./account.ts";
import { createRunFolder, makeReadableFolder } from "./run-folder.ts";

const manifestShape = v.object({
  format: v.literal(1),
  /** Distinguishes one build of the same content from the next. */
  id: v.string(),
  /** A folder precedes its contents. */
  folders: v.array(v.string()),
  /** Path and size in bytes; of a link, the size of its target. */
  files: v.array(v.tuple([v.string(), v.number()])),
});

export type FolderManifest = v.InferOutput<typeof manifestShape>;

export interface CachedFolder {
  /** The folder with the content: not to be changed. */
  readonly content: string;
  readonly manifest: FolderManifest;
  /** True if this call built it. */
  readonly fresh: boolean;
}

export interface FolderRecipe {
  /** The path in the cache; it must name all that the content depends on. */
  readonly name: string;
  readonly build: (content: string) => Promise<void>;
  /** The id of a build that proved bad although its manifest matches. */
  readonly bad?: string | undefined;
}

/** The folder inside a cache in which others are built: to be swept like a run root. */
export function buildFolder(cache: string): string {
  return join(cache, "building");
}

/** Returns the folder of the recipe; builds it if it is missing, damaged or known to be bad. */
export async function provideFolder(
  cache: string,
  account: ServerAccount,
  recipe: FolderRecipe,
): Promise<CachedFolder> {
  const target = join(cache, recipe.name);
  const found = findIntact(target, recipe.bad);
  if (found !== undefined) return found;
  const workspace = createRunFolder(buildFolder(cache), account);
  try {
    const built = join(workspace.path, "made");
    const content = join(built, "content");
    makeReadableFolder(content);
    await recipe.build(content);
    const manifest = JSON.stringify(createManifest(content));
    writeFileSync(join(built, "manifest.json"), manifest, { mode: 0o644 });

    return install(built, target, workspace.path, recipe.bad);
  } finally {
    await workspace.remove();
  }
}

/** Returns a folder if it is there and intact. */
export function findCachedFolder(cache: string, name: string): CachedFolder | undefined {
  return findIntact(join(cache, name), undefined);
}

/** Lists a folder with all that is in it. */
export function createManifest(folder: string): FolderManifest {
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
    .map((entry) => ({ entry, path: relative(folder, join(entry.parentPath, entry.name)) }))
    .sort((one, other) => (one.path < other.path ? -1 : 1));

  return {
    format: 1,
    id: randomBytes(8).toString("hex"),
    folders: paths.filter(({ entry }) => entry.isDirectory()).map(({ path }) => path),
    files: paths
      .filter(({ entry }) => !entry.isDirectory())
      .map(({ path }) => [path, statSync(join(folder, path)).size]),
  };
}

function findIntact(target: string, bad: string | undefined): CachedFolder | undefined {
  const manifest = readFolderManifest(join(target, "manifest.json"));
  const content = join(target, "content");
  if (manifest === undefined || manifest.id === bad) return undefined;
  const intact = manifest.files.every(
    ([path, size]) => statSync(join(content, path), { throwIfNoEntry: false })?.size === size,
  );

  return intact ? { content, manifest, fresh: false } : undefined;
}

function readFolderManifest(file: string): FolderManifest | undefined {
  try {
    const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), manifestShape), readFileSync(file, "utf8"));

    return parsed.success ? parsed.output : undefined;
  } catch (thrown) {
    if (hasCode(thrown, "ENOENT", "ENOTDIR", "EACCES")) return undefined;

    throw thrown;
  }
}

/** Each round ends with the built folder in place, or with an intact one that another process put there. */
function install(built: string, target: string, workspace: string, bad: string | undefined): CachedFolder {
  makeReadableFolder(dirname(target));
  for (let round = 0; round < 10; round += 1) {
    const found = findIntact(target, bad);
    if (found !== undefined) return found;
    tryRename(target, join(workspace, `old-${round}`), "ENOENT");
    if (tryRename(built, target, "ENOTEMPTY", "EEXIST")) break;
  }
  const installed = findIntact(target, bad);
  if (installed === undefined) throw new Error(`another program is changing ${target}`);

  return { ...installed, fresh: true };
}

/** False if one of the expected errors prevents it. */
function tryRename(from: string, to: string, ...expected: string[]): boolean {
  try {
    renameSync(from, to);

    return true;
  } catch (thrown) {
    if (hasCode(thrown, ...expected)) return false;

    throw thrown;
  }
}
