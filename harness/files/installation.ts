/**
 * Finds the files of this installation. The program runs from dist/, which mirrors the tree of the sources, or, in tests,
 * from the sources themselves.
 */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, sep } from "node:path";

const folder = findPackageFolder(import.meta.dirname);
const { name, version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
  readonly name: string;
  readonly version: string;
};
const dist = join(folder, "dist");
const isBuilt = import.meta.dirname.startsWith(join(dist, sep));

/** The folder of the package, in which `sql/` is, what package.json says of it, and whether dist/ is what runs. */
export const installation = { folder, name, version, isBuilt };

/** Finds a file that comes with the code, by its path from the root of the sources on. */
export function codePath(path: string): string {
  return join(isBuilt ? dist : folder, path);
}

/** Finds a module by the path of its source without the extension. */
export function modulePath(path: string): string {
  return codePath(`${path}${isBuilt ? ".js" : ".ts"}`);
}

function findPackageFolder(start: string): string {
  return existsSync(join(start, "package.json")) ? start : findPackageFolder(dirname(start));
}
