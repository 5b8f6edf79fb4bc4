/**
 * Atlas: the files that `atlas.sum` lists, in its order, plain or as pairs of `.up.sql` and `.down.sql`. A file is one
 * transaction, unless its head says `-- atlas:txmode none` (Atlas manual, Transaction Configuration).
 */
import { createHash } from "node:crypto";
import { HarnessError } from "../errors.ts";
import type { TransactionMode } from "../release/release.ts";
import type { Layout, Migration } from "./layout.ts";
import type { MigrationFolder } from "./migration-folder.ts";
import { nameOfFile } from "./numbered-files.ts";
import { makeDown, makeMigrationStep } from "./read-step.ts";

const SUM = "atlas.sum";

export const atlas: Layout = {
  name: "atlas",
  title: "Atlas",
  hasDowns: true,
  tables: [
    {
      name: "atlas_schema_revisions",
      sql: `CREATE SCHEMA atlas_schema_revisions;
CREATE TABLE atlas_schema_revisions.atlas_schema_revisions (version varchar PRIMARY KEY, description varchar NOT NULL,
  type bigint NOT NULL DEFAULT 2, applied bigint NOT NULL DEFAULT 0, total bigint NOT NULL DEFAULT 0,
  executed_at timestamptz NOT NULL, execution_time bigint NOT NULL, error text, error_stmt text, hash varchar NOT NULL,
  partial_hashes jsonb, operator_version varchar NOT NULL)`,
    },
  ],
  fits: async (folder) => folder.has(SUM),
  async read(folder) {
    const sums = parseSums(await folder.read(SUM));
    const migrations: Migration[] = [];
    for (const { file } of sums) {
      const source = await folder.read(file, `though ${folder.absolute(SUM)} names it`);
      const down = file.endsWith(".up.sql") ? file.replace(/\.up\.sql$/, ".down.sql") : undefined;
      migrations.push({
        name: nameOfFile(file).replace(/\.up$/, ""),
        up: [await makeMigrationStep(folder, { file, source, transaction: getTransaction(source) })],
        ...(down !== undefined && folder.has(down) && { down: await readDown(folder, down) }),
      });
    }
    const listed = new Set(sums.map(({ file }) => file));
    const unlisted = folder.listIn().filter((file) => /(?<!\.down)\.sql$/.test(file) && !listed.has(file));
    if (unlisted.length > 0) {
      throw new HarnessError(
        `${folder.absolute(unlisted[0] ?? "")}: is not in ${SUM}`,
        "Run atlas migrate hash, which writes it again",
      );
    }

    return {
      migrations,
      hasDowns: sums.some(({ file }) => file.endsWith(".up.sql")),
      notes: await checkSums(folder, sums),
    };
  },
};

function getTransaction(text: string): TransactionMode {
  return /^--\s*atlas:txmode\s+none\b/m.test(text) ? "statement" : "file";
}

async function readDown(folder: MigrationFolder, file: string): ReturnType<typeof makeDown> {
  const source = await folder.read(file);

  return await makeDown(folder, { file, source, transaction: getTransaction(source) });
}

interface FileSum {
  readonly file: string;
  readonly hash: string;
}

function parseSums(text: string): readonly FileSum[] {
  return text.split("\n").flatMap((line) => {
    const [, file, hash] = /^(.+?)\s+h1:(\S+)\s*$/.exec(line) ?? [];

    return file === undefined || hash === undefined ? [] : [{ file, hash }];
  });
}

/** The hash of a file covers the names and contents of all files up to it. */
async function checkSums(folder: MigrationFolder, sums: readonly FileSum[]): Promise<readonly string[]> {
  const hash = createHash("sha256");
  for (const { file, hash: expected } of sums) {
    hash.update(file).update(await folder.read(file));
    if (hash.copy().digest("base64") !== expected) {
      return [`${file} was changed after ${SUM} was written: its checksum does not fit`];
    }
  }

  return [];
}
