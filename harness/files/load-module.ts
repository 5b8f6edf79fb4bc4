/**
 * Loads modules by their path: a new property, gate or operator is one new file in its folder and no edit elsewhere.
 */
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { register } from "node:module";
import { basename, isAbsolute, join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { HarnessError, messageOf } from "../errors.ts";
import { installation, modulePath } from "./installation.ts";

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
    // Vitest, which runs the sources, loads TypeScript itself.
    if (installation.isBuilt && path.endsWith(".ts")) await registerTypeScript();

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

let registered: Promise<void> | undefined;

/** Lets Node load TypeScript, and resolves `pg-plumbline` to the running program, so that there is no second copy. */
async function registerTypeScript(): Promise<void> {
  registered ??= import("tsx/esm/api").then((tsx) => {
    tsx.register();
    const index = pathToFileURL(modulePath("harness/index")).href;
    const hook = `export async function resolve(specifier, context, next) {
      if (specifier === "${installation.name}") return { url: "${index}", shortCircuit: true };
      const resolved = await next(specifier, context);
      return /\\.ts($|\\?)/.test(resolved.url) ? { ...resolved, format: "module" } : resolved;
    }`;
    register(`data:text/javascript,${encodeURIComponent(hook)}`);
  });
  await registered;
}

/** Formats the place that threw as ` (properties/world.ts, line 3)`; empty unless it is a file of the project. */
export function findOrigin(error: unknown): string {
  const stack = (error instanceof Error && error.stack) || "";
  const [, frame = ""] = /^\s+at (.+)$/m.exec(stack) ?? [];
  const [, path = "", line = ""] = /([^(\s]+):(\d+):\d+\)?$/.exec(frame) ?? [];
  const file = path.startsWith("file:") ? fileURLToPath(path) : path;

  return !isAbsolute(file) || file.includes("node_modules") ? "" : ` (${relative("", file)}, line ${line})`;
}
