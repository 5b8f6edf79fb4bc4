/** Reads the files about mutants next to `release.json`. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type * as v from "valibot";
import { HarnessError } from "../errors.ts";
import { parseJson } from "../release/read-json.ts";
import { readText } from "../release/read-text.ts";
import type { Release } from "../release/release.ts";
import { validate } from "../release/validate.ts";

const FORMER_NAMES = { "killers.json": "noticed.json", "equivalent-mutants.json": "mutants.json" };

/**
 * Reads one of the files; undefined if the release has none.
 * @throws HarnessError if it cannot be read, is malformed, or has its former name
 */
export async function readMutantFile<Schema extends v.GenericSchema>(
  { folder }: Release,
  name: keyof typeof FORMER_NAMES,
  schema: Schema,
): Promise<v.InferOutput<Schema> | undefined> {
  const [file, former] = [join(folder, name), join(folder, FORMER_NAMES[name])];
  if (existsSync(former)) {
    throw new HarnessError(`${former} is called ${name} now`, `Rename it: mv ${former} ${file}`);
  }
  if (!existsSync(file)) return undefined;
  const text = await readText(file, { clause: "where JSON should be", remedy: "Fix or remove it" });

  return validate(schema, parseJson(text, file), file);
}
