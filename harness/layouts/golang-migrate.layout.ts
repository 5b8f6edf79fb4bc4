/**
 * Up and down files of golang-migrate and of tools that keep theirs alike: numbered or timestamped pairs. golang-migrate
 * sends a file as one message (its database/postgres driver, without x-multi-statement).
 */
import { isPairFile, readPairs } from "./file-pairs.ts";
import type { Layout } from "./layout.ts";

export const golangMigrate: Layout = {
  name: "golang-migrate",
  title: "up and down files as of golang-migrate",
  hasDowns: true,
  tables: [
    {
      name: "schema_migrations",
      sql: "CREATE TABLE schema_migrations (version bigint NOT NULL PRIMARY KEY, dirty boolean NOT NULL)",
    },
  ],
  isGeneric: true,
  fits: async (folder) => folder.listIn().some(isPairFile),
  read: async (folder, options) => await readPairs(folder, () => "query", options),
};
