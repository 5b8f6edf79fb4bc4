/**
 * Hasura: a folder each with `up.sql` and `down.sql`, named after the milliseconds. The command line sends a migration as
 * one request, which is one transaction.
 */
import { readFolderPairs } from "./folder-pairs.ts";
import type { Layout } from "./layout.ts";

export const hasura: Layout = {
  name: "hasura",
  title: "Hasura",
  hasDowns: true,
  fits: async (folder) => folder.files.some((file) => /^\d{13}(?:_[^/]*)?\/up\.sql$/.test(file)),
  async read(folder) {
    return {
      migrations: await readFolderPairs(folder, {
        getVersion: (name) => /^\d*/.exec(name)?.[0] ?? "",
        getTransaction: () => "file",
      }),
    };
  },
};
