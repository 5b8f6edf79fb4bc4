import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { HarnessError } from "../errors.ts";
import { loadModule } from "../files/load-module.ts";
import { validate } from "../release/validate.ts";
import { type Configuration, configurationSchema } from "./configuration.ts";

export const CONFIGURATION_FILE = "plumbline.config.ts";

/** A configuration, and the folder to which its paths are relative. */
export interface LoadedConfiguration {
  readonly folder: string;
  readonly configuration: Configuration;
}

/**
 * Loads the nearest `plumbline.config.ts` from a folder upwards; an empty configuration if there is none.
 * @throws HarnessError naming the file, the key, what is expected and what is there
 */
export async function loadConfiguration(from: string): Promise<LoadedConfiguration> {
  const file = findFile(resolve(from));
  if (file === undefined) return { folder: resolve(from), configuration: {} };
  const { default: exported } = await loadModule(file);
  if (exported === undefined) {
    throw new HarnessError(`${file} has no default export`, "Write: export default defineConfig({ … })");
  }
  validate(configurationSchema, exported, file);

  return { folder: dirname(file), configuration: exported as Configuration };
}

function findFile(folder: string): string | undefined {
  const file = join(folder, CONFIGURATION_FILE);
  if (existsSync(file)) return file;
  const above = dirname(folder);

  return above === folder ? undefined : findFile(above);
}
