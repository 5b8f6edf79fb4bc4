/**
 * Prisma: a folder each with `migration.sql`, in byte order of the folders' names. A file is sent as one message
 * (schema-engine, sql-schema-connector). There are no downs.
 */
import { HarnessError } from "../errors.ts";
import type { Layout, Migration } from "./layout.ts";
import { sortByBytes } from "./migration-folder.ts";
import { makeMigrationStep } from "./read-step.ts";

const LOCK = "migration_lock.toml";

export const prisma: Layout = {
  name: "prisma",
  title: "Prisma",
  hasDowns: false,
  tables: [
    {
      name: "_prisma_migrations",
      sql: `CREATE TABLE _prisma_migrations (id varchar(36) PRIMARY KEY NOT NULL, checksum varchar(64) NOT NULL,
  finished_at timestamptz, migration_name varchar(255) NOT NULL, logs text, rolled_back_at timestamptz,
  started_at timestamptz NOT NULL DEFAULT now(), applied_steps_count integer NOT NULL DEFAULT 0)`,
    },
  ],
  fits: async (folder) => folder.files.some((file) => /^(?:migrations\/)?migration_lock\.toml$/.test(file)),
  async read(folder) {
    const root = folder.has(LOCK) || !folder.has(`migrations/${LOCK}`) ? "" : "migrations/";
    const lock = folder.has(`${root}${LOCK}`) ? await folder.read(`${root}${LOCK}`) : "";
    const provider = /^\s*provider\s*=\s*"([^"]*)"/m.exec(lock)?.[1];
    if (provider !== undefined && !["postgresql", "postgres", "cockroachdb"].includes(provider)) {
      throw new HarnessError(
        `${folder.absolute(`${root}${LOCK}`)}: these migrations are for ${provider}`,
        "Give a folder of migrations for PostgreSQL",
      );
    }
    const paths = folder.files.filter((file) => file.startsWith(root));
    const names = paths.flatMap((file) => /^([^/]+)\/migration\.sql$/.exec(file.slice(root.length))?.[1] ?? []);
    const migrations: Migration[] = [];
    for (const name of sortByBytes(names)) {
      const file = `${root}${name}/migration.sql`;
      const source = await folder.read(file);
      migrations.push({ name, up: [await makeMigrationStep(folder, { file, source, transaction: "query" })] });
    }
    const folders = new Set(paths.flatMap((file) => /^([^/]+)\//.exec(file.slice(root.length))?.[1] ?? []));
    const without = [...folders].filter((name) => !names.includes(name));

    return { migrations, notes: without.map((name) => `${root}${name} has no migration.sql and was left out`) };
  },
};
