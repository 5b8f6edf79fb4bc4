/**
 * diesel: a folder each with `up.sql` and `down.sql`, in the order of the version, which is the name up to the first
 * underscore without its dashes. A file is one transaction unless `metadata.toml` says `run_in_transaction = false`; then
 * it is sent as one message (diesel_migrations, file_based_migrations.rs).
 */
import { readFolderPairs } from "./folder-pairs.ts";
import type { Layout } from "./layout.ts";

export const diesel: Layout = {
  name: "diesel",
  title: "diesel",
  hasDowns: true,
  tables: [
    {
      name: "__diesel_schema_migrations",
      sql: `CREATE TABLE __diesel_schema_migrations (version varchar(50) PRIMARY KEY NOT NULL,
  run_on timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP)`,
    },
  ],
  // Hasura's folders begin with milliseconds, 13 digits.
  fits: async (folder) =>
    folder.files.some((file) => /^(?!\d{13}_)[\d-]+_[^/]*\/up\.sql$/.test(file)) ||
    (folder.files.some((file) => /^[^/]+\/up\.sql$/.test(file)) && folder.findAbove("diesel.toml") !== undefined),
  async read(folder) {
    return {
      migrations: await readFolderPairs(folder, {
        getVersion: (name) => (/^[^_]*/.exec(name)?.[0] ?? "").replaceAll("-", ""),
        getTransaction: async (name) => {
          const file = `${name}/metadata.toml`;
          const settings = folder.has(file) ? await folder.read(file) : "";

          return /^\s*run_in_transaction\s*=\s*false\b/m.test(settings) ? "query" : "file";
        },
      }),
    };
  },
};
