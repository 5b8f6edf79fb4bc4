/**
 * sqlx: `<version>_<name>.sql`, or pairs of `.up.sql` and `.down.sql`. Each file is one transaction, unless its first line
 * is `-- no-transaction` (sqlx-core, migrate/source.rs).
 */
import type { TransactionMode } from "../release/release.ts";
import { isPairFile, readPairs } from "./file-pairs.ts";
import type { Layout } from "./layout.ts";
import { isNumberedFile, readNumbered } from "./numbered-files.ts";

export const sqlx: Layout = {
  name: "sqlx",
  title: "sqlx",
  hasDowns: true,
  tables: [
    {
      name: "_sqlx_migrations",
      sql: `CREATE TABLE _sqlx_migrations (version bigint PRIMARY KEY, description text NOT NULL,
  installed_on timestamptz NOT NULL DEFAULT now(), success boolean NOT NULL, checksum bytea NOT NULL,
  execution_time bigint NOT NULL)`,
    },
  ],
  async fits(folder) {
    const files = folder.listIn();
    if (!files.some((file) => isPairFile(file) || isNumberedFile(file))) return false;
    if (await folder.hasLine(/^--\s*no-transaction/m)) return true;

    return folder.findAbove("Cargo.toml") !== undefined && !(await folder.hasLine(OTHER_MARKS));
  },
  async read(folder, options) {
    if (folder.listIn().some(isPairFile)) return await readPairs(folder, getTransaction, options);

    return { ...(await readNumbered(folder, getTransaction, options)), hasDowns: false };
  },
};

/** Rust projects use other tools too. */
const OTHER_MARKS = /^--\s*(?:\+goose\s|\+migrate\s|migrate:up\b|up\s+migration\b)/im;

/** A file without a transaction is sent as one message. */
function getTransaction(text: string): TransactionMode {
  return text.startsWith("-- no-transaction") ? "query" : "file";
}
