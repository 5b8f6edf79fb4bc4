/** Finds the files of recorded migrations by their names, and what their authors declare there. */
import { createHash } from "node:crypto";
import { basename } from "node:path";
import { MigrationFolder } from "../layouts/migration-folder.ts";
import { readText } from "../release/read-text.ts";

/** Of the folder in which a tool runs. */
export class MigrationFiles {
  readonly #folder: MigrationFolder;

  private constructor(folder: MigrationFolder) {
    this.#folder = folder;
  }

  /** @throws HarnessError if the folder cannot be read */
  static async open(folder: string): Promise<MigrationFiles> {
    return new MigrationFiles(await MigrationFolder.open(folder));
  }

  /**
   * The file of a migration, absolute; undefined where none or several fit. A file has the name of the migration, or begins
   * with it, or has its longest number (`CreateUsers1700000000000`, `1700000000000-create-users.ts`), or is in a folder of
   * its name.
   */
  find(migration: string): string | undefined {
    const { files } = this.#folder;
    const number = /\d{10,}/.exec(migration)?.[0];
    const [, app, own = migration] = /^(\w+)\.(\w+)$/.exec(migration) ?? [];
    const candidates: readonly ((file: string) => boolean)[] = [
      (file) => stem(file) === migration,
      (file) => stem(file) === own && file.split("/").includes(app ?? ""),
      (file) => /^[_.-]/.test(stem(file).slice(migration.length)) && stem(file).startsWith(migration),
      (file) => number !== undefined && stem(file).includes(number),
      (file) => file.split("/").includes(migration) && file.endsWith(".sql"),
    ];
    for (const fits of candidates) {
      const fitting = files.filter((file) => fits(file) && !/\.(?:d\.ts|map|pyc|snap)$/.test(file));
      const [only] = fitting;
      if (only !== undefined && fitting.length === 1) return this.#folder.absolute(only);
    }

    return undefined;
  }

  /** The name of the SQL file whose SHA-256 is listed instead of a name, as Drizzle does it; undefined for none. */
  async findHashed(hash: string): Promise<string | undefined> {
    if (!/^[0-9a-f]{64}$/.test(hash)) return undefined;
    for (const file of this.#folder.files.filter((each) => each.endsWith(".sql"))) {
      const text = await this.#folder.read(file);
      if (createHash("sha256").update(text).digest("hex") === hash) return stem(file);
    }

    return undefined;
  }
}

function stem(file: string): string {
  return basename(file).replace(/(?:\.(?:up|do))?\.\w+$/, "");
}

/** The declarations in the comments of a program's file, as comments of SQL. */
export async function readCodeDeclarations(file: string): Promise<readonly string[]> {
  if (file.endsWith(".sql")) return [];
  const text = await readText(file, { clause: "though the folder has an entry of that name", remedy: "Put it there" });

  return [...text.matchAll(/^[ \t]*(?:\/\/|#|\*|\/\*\*?)[ \t]*(plumbline[ \t]*:.*?)(?:\*\/)?[ \t]*$/gim)].map(
    ([, declaration = ""]) => `-- ${declaration.trim()}`,
  );
}
