/**
 * Checks before a tool runs that it takes the address that it is given: one that has an address of its own would change
 * another database, and a proxy would not even see it.
 */
import { readFile } from "node:fs/promises";
import { HarnessError } from "../errors.ts";
import { listSmallFiles } from "./small-files.ts";
import { addressVariables, hasPlaceholder } from "./tool-environment.ts";
import type { ToolCommandLine } from "./tool-process.ts";

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
  for (const file of await listSmallFiles(folder)) {
    if (NAMES_VARIABLES.test(await readFile(file, "utf8"))) return;
  }

  throw new HarnessError(
    `Nothing shows that the command ${command} takes the address of the private database, so it was not run: neither it nor a file in ${folder} names DATABASE_URL or PGHOST`,
    'Name the variable that the tool reads in the configuration, such as env: { DATABASE_URL: "{url}" }',
  );
}
