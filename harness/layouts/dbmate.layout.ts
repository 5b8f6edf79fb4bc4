/**
 * dbmate: `<version>_<name>.sql` with `-- migrate:up` and `-- migrate:down`. A direction is one transaction unless its mark
 * says `transaction:false`; then it is sent as one message (amacneil/dbmate, pkg/dbmate/migration.go).
 */
import { HarnessError } from "../errors.ts";
import type { Layout } from "./layout.ts";
import { readSections } from "./marked-sections.ts";
import { findNumbered } from "./numbered-files.ts";

export const dbmate: Layout = {
  name: "dbmate",
  title: "dbmate",
  hasDowns: true,
  tables: [
    { name: "schema_migrations", sql: "CREATE TABLE schema_migrations (version varchar(128) NOT NULL PRIMARY KEY)" },
  ],
  fits: async (folder) => await folder.hasLine(/^--\s*migrate:up\b/m),
  async read(folder) {
    const migrations = await Promise.all(findNumbered(folder).map(({ file }) => readSections(folder, file, marks)));
    const broken = migrations.find(({ down }) => down === undefined);
    if (broken !== undefined) {
      throw new HarnessError(
        `${broken.up[0]?.file}: has no line -- migrate:down, which dbmate requires`,
        "Add the line, and the statements that undo the migration",
      );
    }

    return { migrations };
  },
};

const marks = {
  up: /^--\s*migrate:up(?:\s*$|\s+\S+)/,
  down: /^--\s*migrate:down(?:\s*$|\s+\S+)/,
  upMark: "-- migrate:up",
  getTransaction: (line: string) => (/\btransaction:false\b/.test(line) ? ("query" as const) : ("file" as const)),
};
