/** Reads what the configuration prepares before the baseline: SQL statements, and files of them. */
import { join } from "node:path";
import { readText } from "../release/read-text.ts";
import type { Step } from "../release/release.ts";
import { splitStatements } from "../release/split-statements.ts";
import { CONFIGURATION_FILE, type LoadedConfiguration } from "./load-configuration.ts";

/** @throws HarnessError for a file that is missing, and for what PostgreSQL cannot parse */
export async function readSetup({ folder, configuration }: LoadedConfiguration): Promise<readonly Step[]> {
  const entries = configuration.setup ?? [];

  return await Promise.all(
    entries.map(async (entry, index) => {
      const isFile = /^\S+\.sql$/.test(entry);
      const path = isFile ? entry : `${CONFIGURATION_FILE}, setup[${index}]`;
      const file = isFile ? join(folder, entry) : join(folder, CONFIGURATION_FILE);
      const purpose = {
        clause: `though setup in ${join(folder, CONFIGURATION_FILE)} names it`,
        remedy: "Correct its path there",
      };
      const source = isFile ? await readText(file, purpose) : entry;

      return { path, file, source, statements: await splitStatements(source, isFile ? file : path) };
    }),
  );
}
