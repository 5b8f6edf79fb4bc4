/** Lists a folder of migrations and reads its files, each once. */
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import { HarnessError } from "../errors.ts";
import { createUnreadableError, isMissingFile, readText } from "../release/read-text.ts";

/** Deep enough for a version folder in a changelog folder; a whole repository is not listed. */
const DEPTH_MAX = 5;
const SKIPPED = new Set(["node_modules", "target", "dist", "build", "vendor"]);
/** From a folder of migrations up to the settings of its tool. */
const LEVELS_UP_MAX = 8;

export class MigrationFolder {
  /** Absolute. */
  readonly path: string;
  /** Relative to the folder, with slashes, in byte order. */
  readonly files: readonly string[];
  readonly #texts = new Map<string, Promise<string>>();

  private constructor(path: string, files: readonly string[]) {
    this.path = path;
    this.files = files;
  }

  /** @throws HarnessError that begins with the path if it is no folder that can be read */
  static async open(path: string): Promise<MigrationFolder> {
    const absolute = resolve(path);

    return new MigrationFolder(absolute, sortByBytes(await listFiles(absolute, absolute, 0)));
  }

  /** The files directly in the folder, or in a folder of it. */
  listIn(folder = ""): readonly string[] {
    const prefix = folder === "" ? "" : `${folder}/`;

    return this.files.filter((file) => file.startsWith(prefix) && !file.slice(prefix.length).includes("/"));
  }

  has(file: string): boolean {
    return this.files.includes(file);
  }

  /** The text of a file without its byte order mark. @throws HarnessError if it cannot be read */
  async read(file: string, clause = "though the folder has an entry of that name"): Promise<string> {
    const found = this.#texts.get(file);
    if (found !== undefined) return await found;
    const text = readText(this.absolute(file), { clause, remedy: "Put the file there, or correct what names it" });
    this.#texts.set(file, text);

    return await text;
  }

  absolute(file: string): string {
    return join(this.path, file);
  }

  /** The nearest file of the name in the folder or above it, up to the root of the repository; absolute. */
  findAbove(...names: readonly string[]): string | undefined {
    let folder = this.path;
    for (let level = 0; level <= LEVELS_UP_MAX; level += 1) {
      const found = names.map((name) => join(folder, name)).find((file) => existsSync(file));
      if (found !== undefined) return found;
      if (existsSync(join(folder, ".git")) || dirname(folder) === folder) return undefined;
      folder = dirname(folder);
    }

    return undefined;
  }

  /** Whether one of the SQL files has a line that matches. */
  async hasLine(pattern: RegExp): Promise<boolean> {
    for (const file of this.files.filter(isSql)) {
      if (pattern.test(await this.read(file))) return true;
    }

    return false;
  }
}

export function isSql(file: string): boolean {
  return file.endsWith(".sql");
}

/** As file names are compared by most tools: by their bytes, never by a locale. */
export function sortByBytes(names: readonly string[]): readonly string[] {
  return names.toSorted((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)));
}

async function listFiles(root: string, folder: string, depth: number): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((thrown: unknown) => {
    if (!isMissingFile(thrown)) throw createUnreadableError(folder, thrown);
    const problem = existsSync(folder) ? "a file and not a folder" : "no such folder";

    throw new HarnessError(`${folder}: ${problem}`, "Give the path of a folder of migrations", thrown);
  });
  const listed = await Promise.all(
    entries.map(async (entry) => {
      const path = join(folder, entry.name);
      if (entry.isFile() || entry.isSymbolicLink()) return [relative(root, path).split(sep).join("/")];
      const isSkipped = entry.name.startsWith(".") || SKIPPED.has(entry.name);

      return !entry.isDirectory() || isSkipped || depth >= DEPTH_MAX ? [] : await listFiles(root, path, depth + 1);
    }),
  );

  return listed.flat();
}
