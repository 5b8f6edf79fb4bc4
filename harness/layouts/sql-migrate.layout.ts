/**
 * sql-migrate: files with `-- +migrate Up` and `-- +migrate Down`, in the order of the leading number, then of the name. A
 * direction is one transaction unless its mark says `notransaction` (rubenv/sql-migrate, migrate.go and sqlparse).
 */
import type { Layout } from "./layout.ts";
import { readSections } from "./marked-sections.ts";
import { isSql } from "./migration-folder.ts";
import { compareMigrationVersions } from "./versions.ts";

export const sqlMigrate: Layout = {
  name: "sql-migrate",
  title: "sql-migrate",
  hasDowns: true,
  tables: [
    {
      name: "gorp_migrations",
      sql: "CREATE TABLE gorp_migrations (id text NOT NULL PRIMARY KEY, applied_at timestamptz)",
    },
  ],
  fits: async (folder) => await folder.hasLine(/^--\s*\+migrate\s+Up\b/im),
  async read(folder) {
    const files = folder.listIn().filter(isSql).toSorted(compareFiles);

    return { migrations: await Promise.all(files.map((file) => readSections(folder, file, marks))) };
  },
};

const marks = {
  up: /^--\s*\+migrate\s+Up\b/i,
  down: /^--\s*\+migrate\s+Down\b/i,
  upMark: "-- +migrate Up",
  isAnyOrder: true as const,
  getTransaction: (line: string) => (/\bnotransaction\b/i.test(line) ? ("statement" as const) : ("file" as const)),
};

/** Files that begin with a number come by it, and before it those that do not. */
function compareFiles(one: string, other: string): number {
  const [left, right] = [one, other].map((file) => /^\d+/.exec(file)?.[0]);
  const byNumber = left === undefined || right === undefined ? 0 : compareMigrationVersions(left, right);

  return byNumber === 0 ? (one < other ? -1 : 1) : byNumber;
}
