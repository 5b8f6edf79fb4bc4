/**
 * Loads modules by their path: a new property, gate or operator is one new file in its folder and no edit elsewhere.
 */
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { basename, isAbsolute, join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { HarnessError, messageOf } from "../errors.ts";

export interface LoadedModule {
  /** The name of the file without its extension, such as `reads.property`. */
  readonly name: string;
  readonly exported: Readonly<Record<string, unknown>>;
}

/**
 * Loads every `*.<kind>.ts` of a folder (`.js` where the folder was built), in the order of their names.
 * @throws HarnessError naming the file that cannot be loaded
 */
export async function loadModules(folder: string, kind: string): Promise<readonly LoadedModule[]> {
  const files = (await readdir(folder)).filter((name) => new RegExp(`\\.${kind}\\.[jt]s$`).test(name)).sort();

  return await Promise.all(
    files.map(async (file) => ({
      name: basename(file).replace(/\.[jt]s$/, ""),
      exported: await loadModule(join(folder, file)),
    })),
  );
}

/**
 * Loads a module by the path of its source, or of the `.js` that it was built into.
 * @throws HarnessError naming the file, and the line that threw, if it is known
 */
export async function loadModule(file: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    const path = existsSync(file) ? file : file.replace(/\.ts$/, ".js");

    return await import(pathToFileURL(path).href);
  } catch (error) {
    if (error instanceof HarnessError) throw error;
    throw new HarnessError(
      `${relative("", file)} cannot be loaded: ${messageOf(error)}${findOrigin(error)}`,
      "Fix it, or what it imports",
      error,
    );
  }
}

/** Formats the place that threw as ` (properties/world.ts, line 3)`; empty unless it is a file of the project. */
function findOrigin(error: unknown): string {
  const stack = (error instanceof Error && error.stack) || "";
  const [, frame = ""] = /^\s+at (.+)$/m.exec(stack) ?? [];
  const [, path = "", line = ""] = /([^(\s]+):(\d+):\d+\)?$/.exec(frame) ?? [];
  const file = path.startsWith("file:") ? fileURLToPath(path) : path;

  return !isAbsolute(file) || file.includes("node_modules") ? "" : ` (${relative("", file)}, line ${line})`;
}
