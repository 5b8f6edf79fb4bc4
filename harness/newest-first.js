import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/**
 * What is in a folder, the newest first.
 * @param {string} folder
 * @returns {{ name: string, mtimeMs: number }[]}
 */
export function newestFirst(folder) {
  return readdirSync(folder)
    .map((name) => ({ name, mtimeMs: statSync(join(folder, name)).mtimeMs }))
    .sort((one, other) => other.mtimeMs - one.mtimeMs);
}
