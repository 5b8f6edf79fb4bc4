/**
 * Supabase: `migrations/<digits>_<name>.sql` beside `config.toml`, in the order of the file names. A file is one
 * transaction, and the settings of the session are reset before it (supabase/cli, pkg/migration). There are no downs.
 */

import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { codePath } from "../files/installation.ts";
import { readText } from "../release/read-text.ts";
import type { Step } from "../release/release.ts";
import { splitStatements } from "../release/split-statements.ts";
import type { Layout, Migration } from "./layout.ts";
import type { MigrationFolder } from "./migration-folder.ts";
import { nameOfFile } from "./numbered-files.ts";
import { makeMigrationStep } from "./read-step.ts";

const FILE = /^([0-9]+)_.*\.sql$/;
/** Before it, the command line wrote the schema of the platform into a first file `<digits>_init.sql`. */
const FIRST_OWN_INIT = 20211209000000n;

export const supabase: Layout = {
  name: "supabase",
  title: "Supabase",
  hasDowns: false,
  tables: [
    {
      name: "supabase_migrations",
      sql: `CREATE SCHEMA supabase_migrations;
CREATE TABLE supabase_migrations.schema_migrations (version text NOT NULL PRIMARY KEY, statements text[], name text)`,
    },
  ],
  fits: async (folder) => findRoot(folder) !== undefined,
  async read(folder) {
    const root = findRoot(folder) ?? "";
    const names = folder.listIn(root).filter((file) => file.endsWith(".sql"));
    const migrations: Migration[] = [];
    const skipped: string[] = [];
    for (const [index, file] of names.entries()) {
      const version = FILE.exec(file.slice(root === "" ? 0 : root.length + 1))?.[1];
      const isOldInit =
        index === 0 && /^(?:.*\/)?\d{14}_init\.sql$/.test(file) && BigInt(version ?? 0) < FIRST_OWN_INIT;
      if (version === undefined || isOldInit) skipped.push(file);
      else {
        const source = await folder.read(file);
        const step = await makeMigrationStep(folder, { file, source, transaction: "file", before: ["RESET ALL"] });
        migrations.push({ name: nameOfFile(file), up: [step] });
      }
    }

    return {
      migrations,
      base: [await readPlatform()],
      notes: skipped.map((file) => `${file} was left out, as Supabase does`),
    };
  },
};

async function readPlatform(): Promise<Step> {
  const file = codePath("harness/layouts/supabase-platform.sql");
  const source = await readText(file, { clause: "and it comes with the program", remedy: "Install it again" });

  return { path: "supabase-platform.sql", file, source, statements: await splitStatements(source, file) };
}

/** The folder of the SQL files within the folder that was given: itself, or one below. */
function findRoot(folder: MigrationFolder): string | undefined {
  for (const root of ["migrations", "supabase/migrations"]) {
    const settings = `${dirname(root) === "." ? "" : `${dirname(root)}/`}config.toml`;
    if (folder.has(settings) && folder.listIn(root).length > 0) return root;
  }

  return existsSync(join(folder.path, "..", "config.toml")) && folder.listIn().some((file) => FILE.test(file))
    ? ""
    : undefined;
}
