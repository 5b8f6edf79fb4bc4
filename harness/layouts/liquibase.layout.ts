/**
 * Liquibase, formatted SQL: the change sets of the files that the changelog includes, in its order; without a changelog, of
 * all files by name. A change set is one transaction unless it says `runInTransaction:false`; its down is in its lines
 * `--rollback` (Liquibase manual, Example Changelogs: SQL Format).
 */
import { HarnessError } from "../errors.ts";
import type { FoundMigrations, Layout, Migration } from "./layout.ts";
import { type ChangeSet, isFormattedSql, parseChangeSets } from "./liquibase-change-sets.ts";
import { readChangelog } from "./liquibase-changelog.ts";
import { isSql, type MigrationFolder } from "./migration-folder.ts";
import { nameOfFile } from "./numbered-files.ts";
import { makeDown, makeMigrationStep } from "./read-step.ts";

export const liquibase: Layout = {
  name: "liquibase",
  title: "Liquibase",
  hasDowns: true,
  tables: [
    {
      name: "databasechangelog",
      sql: `CREATE TABLE databasechangelog (id varchar(255) NOT NULL, author varchar(255) NOT NULL, filename varchar(255) NOT NULL,
  dateexecuted timestamp NOT NULL, orderexecuted integer NOT NULL, exectype varchar(10) NOT NULL, md5sum varchar(35),
  description varchar(255), comments varchar(255), tag varchar(255), liquibase varchar(20), contexts varchar(255),
  labels varchar(255), deployment_id varchar(10))`,
    },
  ],
  async fits(folder) {
    for (const file of folder.files.filter(isSql)) if (isFormattedSql(await folder.read(file))) return true;

    return false;
  },
  async read(folder) {
    const changelog = await readChangelog(folder);
    const files = changelog?.files ?? (await findFormatted(folder));
    const migrations: Migration[] = [];
    const notes: string[] = changelog === undefined ? ["there is no changelog: the files are taken by name"] : [];
    for (const file of files) {
      const text = replaceProperties(await folder.read(file), changelog?.properties ?? new Map());
      for (const changeSet of parseChangeSets(text, folder.absolute(file))) {
        if (changeSet.isForPostgres) migrations.push(await toMigration(folder, file, changeSet));
        else notes.push(`${file}, ${changeSet.name}: not for PostgreSQL, and left out`);
      }
    }
    requireUniqueNames(folder, migrations);

    return { migrations, notes } satisfies FoundMigrations;
  },
};

async function findFormatted(folder: MigrationFolder): Promise<readonly string[]> {
  const formatted: string[] = [];
  for (const file of folder.files.filter(isSql)) if (isFormattedSql(await folder.read(file))) formatted.push(file);

  return formatted;
}

function replaceProperties(text: string, properties: ReadonlyMap<string, string>): string {
  const own = [...text.matchAll(/^\s*--\s*property\s+name:(\S+)\s+value:(\S+)/gim)];
  const values = new Map([...properties, ...own.map(([, name = "", value = ""]) => [name, value] as const)]);

  return text.replace(/\$\{([\w.-]+)\}/g, (all, name: string) => values.get(name) ?? all);
}

async function toMigration(folder: MigrationFolder, file: string, changeSet: ChangeSet): Promise<Migration> {
  const { name, up, down, transaction, repeatable } = changeSet;

  return {
    name: `${nameOfFile(file)}::${name}`,
    up: [await makeMigrationStep(folder, { file, source: up, transaction })],
    ...(down !== undefined && { down: await makeDown(folder, { file, source: down, transaction }) }),
    ...(repeatable && { repeatable }),
  };
}

/** A change set is known by its author, its id and its file. */
function requireUniqueNames(folder: MigrationFolder, migrations: readonly Migration[]): void {
  const seen = new Set<string>();
  for (const { name, up } of migrations) {
    const key = `${up[0]?.path} ${name}`;
    if (seen.has(key)) {
      throw new HarnessError(`${folder.path}: the change set ${name} is there twice`, "Give one of them another id");
    }
    seen.add(key);
  }
}
