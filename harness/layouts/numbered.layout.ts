/**
 * Numbered SQL files without marks, which many small tools read: each file is one transaction, unless it has its own, or
 * holds only statements that cannot run in one. A file that says postgres-migrations to leave the transaction out is one
 * message (postgres-migrations, run-migration).
 */
import type { TransactionMode } from "../release/release.ts";
import { isPairFile } from "./file-pairs.ts";
import type { Layout } from "./layout.ts";
import { isNumberedFile, readNumbered } from "./numbered-files.ts";
import { chooseTransaction } from "./transactions-of-files.ts";

export const numbered: Layout = {
  name: "numbered",
  title: "numbered SQL files",
  hasDowns: false,
  isGeneric: true,
  fits: async (folder) => folder.listIn().some((file) => isNumberedFile(file) && !isPairFile(file)),
  async read(folder, options) {
    const { migrations, ...found } = await readNumbered(folder, getTransaction, options);

    return {
      ...found,
      migrations: migrations.map((migration) => ({ ...migration, up: migration.up.map(chooseTransaction) })),
    };
  },
};

function getTransaction(text: string): TransactionMode {
  return text.includes("-- postgres-migrations disable-transaction") ? "query" : "file";
}
