/**
 * What a cached folder must hold: every file with its size. A file that is cut short or missing is noticed before
 * anything is started from it.
 */
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import * as v from "valibot";
import { hasCode } from "../../files/file-errors.ts";

const manifestShape = v.object({
  format: v.literal(1),
  /** Tells one making of the same content from the next. */
  id: v.string(),
  folders: v.array(v.string()),
  /** Path and size in bytes; of a link, the size of what it leads to. */
  files: v.array(v.tuple([v.string(), v.number()])),
});

export type Manifest = v.InferOutput<typeof manifestShape>;

/** The manifest of a folder as it is now; a folder comes before what is in it. */
export function survey(folder: string): Manifest {
  const found = readdirSync(folder, { recursive: true, withFileTypes: true });
  const paths = found
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

/** True if every file of the manifest lies in the folder with its size. */
export function fits(folder: string, manifest: Manifest): boolean {
  return manifest.files.every(([path, size]) => {
    const found = statSync(join(folder, path), { throwIfNoEntry: false });

    return found?.size === size;
  });
}

export function writeManifest(file: string, manifest: Manifest): void {
  writeFileSync(file, JSON.stringify(manifest), { mode: 0o644 });
}

/** The manifest in a file; undefined where there is none or it is no manifest. */
export function readManifest(file: string): Manifest | undefined {
  try {
    const parsed = v.safeParse(manifestShape, JSON.parse(readFileSync(file, "utf8")));

    return parsed.success ? parsed.output : undefined;
  } catch (thrown) {
    if (thrown instanceof SyntaxError || hasCode(thrown, "ENOENT", "ENOTDIR", "EACCES")) return undefined;

    throw thrown;
  }
}
