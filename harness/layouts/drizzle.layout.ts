/**
 * Drizzle: the files that `meta/_journal.json` lists, in its order; from 1.0 on a folder each with `migration.sql` and
 * `snapshot.json`, in the order of their names (drizzle-orm, migrator.ts). All pending ones run in one transaction
 * (pg-core/dialect.ts); `--> statement-breakpoint` is a comment to PostgreSQL. There are no downs.
 */
import * as v from "valibot";
import { HarnessError } from "../errors.ts";
import { parseJson } from "../release/read-json.ts";
import type { Layout, Migration } from "./layout.ts";
import type { MigrationFolder } from "./migration-folder.ts";
import { makeMigrationStep } from "./read-step.ts";

const JOURNAL = "meta/_journal.json";

const journalShape = v.object({
  dialect: v.string(),
  entries: v.array(v.object({ idx: v.number(), when: v.number(), tag: v.string() })),
});

export const drizzle: Layout = {
  name: "drizzle",
  title: "Drizzle",
  hasDowns: false,
  tables: [
    {
      name: "__drizzle_migrations",
      sql: `CREATE SCHEMA drizzle;
CREATE TABLE drizzle.__drizzle_migrations (id serial PRIMARY KEY, hash text NOT NULL, created_at bigint)`,
    },
  ],
  fits: async (folder) => folder.has(JOURNAL) || findSnapshot(folder) !== undefined,
  read: async (folder) => (folder.has(JOURNAL) ? await readJournal(folder) : await readFolders(folder)),
};

const FOLDER = /^(\d{14}_[^/]*)\/migration\.sql$/;

function findSnapshot(folder: MigrationFolder): string | undefined {
  return folder.files.find((file) => /^\d{14}_[^/]*\/snapshot\.json$/.test(file));
}

async function readFolders(folder: MigrationFolder): ReturnType<Layout["read"]> {
  const snapshot = findSnapshot(folder);
  if (snapshot !== undefined) {
    const file = folder.absolute(snapshot);
    const parsed = v.safeParse(v.object({ dialect: v.string() }), parseJson(await folder.read(snapshot), file));
    if (!parsed.success)
      throw new HarnessError(`${file}: not a snapshot of Drizzle`, "Write it again with drizzle-kit");
    requireDialect(file, parsed.output.dialect);
  }
  const names = folder.files.flatMap((file) => FOLDER.exec(file)?.[1] ?? []);
  const migrations: Migration[] = [];
  for (const name of names.toSorted((one, other) => one.localeCompare(other, "en"))) {
    const file = `${name}/migration.sql`;
    const source = await folder.read(file);
    migrations.push({ name, up: [await makeMigrationStep(folder, { file, source, transaction: "run" })] });
  }

  return { migrations };
}

function requireDialect(file: string, dialect: string): void {
  if (["postgresql", "postgres", "pg"].includes(dialect)) return;

  throw new HarnessError(`${file}: these migrations are for ${dialect}`, "Give a folder for PostgreSQL");
}

async function readJournal(folder: MigrationFolder): ReturnType<Layout["read"]> {
  const journal = folder.absolute(JOURNAL);
  const clause = "and it lists the migrations of Drizzle";
  const parsed = v.safeParse(journalShape, parseJson(await folder.read(JOURNAL, clause), journal));
  if (!parsed.success) {
    throw new HarnessError(`${journal}: not a journal of Drizzle`, "Write it again with drizzle-kit");
  }
  const { dialect, entries } = parsed.output;
  requireDialect(journal, dialect);
  const migrations: Migration[] = [];
  for (const { tag } of entries) {
    const file = `${tag}.sql`;
    const source = await folder.read(file, `though ${journal} names it`);
    migrations.push({ name: tag, up: [await makeMigrationStep(folder, { file, source, transaction: "run" })] });
  }
  const late = entries.filter(({ when }, index) => entries.slice(0, index).some((before) => before.when >= when));
  const listed = new Set(entries.map(({ tag }) => `${tag}.sql`));
  const ignored = folder.listIn().filter((file) => file.endsWith(".sql") && !listed.has(file));

  return {
    migrations,
    notes: [
      ...ignored.map((file) => `${file} is not in the journal and was left out, as Drizzle does`),
      ...late.map(({ tag }) => `${tag} is older than one before it: a database that has that one skips it`),
    ],
  };
}
