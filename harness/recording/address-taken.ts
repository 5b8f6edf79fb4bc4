/**
 * Checks before a tool runs that it takes the address that it is given: one that has an address of its own would change
 * another database, and a proxy would not even see it.
 */
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { HarnessError } from "../errors.ts";
import { addressVariables, hasPlaceholder } from "./tool-environment.ts";
import type { ToolCommandLine } from "./tool-process.ts";

/** Of the folders below the command's; settings of tools lie near the top. */
const DEPTH_MAX = 3;
const FILES_MAX = 2_000;
const FILE_BYTES_MAX = 200_000;

/** Programs of PostgreSQL read PG* by themselves. */
const READS_VARIABLES = /\b(?:psql|pg_restore)\b/;
const NAMES_VARIABLES = new RegExp(`\\b(?:${addressVariables.join("|")})\\b`);

/**
 * @throws HarnessError if neither the command nor its env has a placeholder or names a variable with the address, and no
 * file of the folder names one either
 */
export async function requireAddressTaken({ command, folder, env = {} }: ToolCommandLine): Promise<void> {
  if ([command, ...Object.values(env)].some(hasPlaceholder)) return;
  if (NAMES_VARIABLES.test(command) || READS_VARIABLES.test(command)) return;
  for (const file of await listFiles(folder, DEPTH_MAX)) {
    if (NAMES_VARIABLES.test(await readFile(file, "utf8"))) return;
  }

  throw new HarnessError(
    `Nothing shows that the command ${command} takes the address of the private database, so it was not run: neither it nor a file in ${folder} names DATABASE_URL or PGHOST`,
    'Name the variable that the tool reads in the configuration, such as env: { DATABASE_URL: "{url}" }',
  );
}

/** Regular files of a size that settings have, without those of packages and hidden folders. */
async function listFiles(folder: string, depth: number): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const files: string[] = [];
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isFile() && (await stat(path)).size <= FILE_BYTES_MAX) files.push(path);
    else if (entry.isDirectory() && depth > 1 && !/^(?:node_modules|vendor|\..*)$/.test(entry.name)) {
      files.push(...(await listFiles(path, depth - 1)));
    }
    if (files.length >= FILES_MAX) break;
  }

  return files;
}
