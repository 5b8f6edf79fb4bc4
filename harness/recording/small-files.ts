/** Lists the files of a folder that people write, such as settings. */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

/** Of folders; settings of tools lie near the top. */
const DEPTH_MAX = 3;
const FILES_MAX = 2_000;
const FILE_BYTES_MAX = 200_000;

/** Regular files near the top, by their paths, without large ones, those of packages, compiled ones and hidden folders. */
export async function listSmallFiles(folder: string, depth = DEPTH_MAX): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const files: string[] = [];
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isFile() && (await stat(path)).size <= FILE_BYTES_MAX) files.push(path);
    else if (entry.isDirectory() && depth > 1 && !/^(?:node_modules|vendor|__pycache__|\..*)$/.test(entry.name)) {
      files.push(...(await listSmallFiles(path, depth - 1)));
    }
    if (files.length >= FILES_MAX) break;
  }

  return files;
}
