/** Reads migrations that are a folder each, with `up.sql` and `down.sql`. */
import { HarnessError } from "../errors.ts";
import type { TransactionMode } from "../release/release.ts";
import type { Migration } from "./layout.ts";
import type { MigrationFolder } from "./migration-folder.ts";
import { makeDown, makeMigrationStep } from "./read-step.ts";
import { requireUniqueVersions, sortByVersion } from "./versions.ts";

export interface FolderPairRules {
  /** The digits by which folders are ordered. */
  readonly getVersion: (name: string) => string;
  readonly getTransaction: (name: string) => Promise<TransactionMode> | TransactionMode;
}

/** @throws HarnessError for a folder without a number or up.sql, and a number that is there twice */
export async function readFolderPairs(
  folder: MigrationFolder,
  { getVersion, getTransaction }: FolderPairRules,
): Promise<readonly Migration[]> {
  const names = new Set(folder.files.flatMap((file) => /^([^/]+)\/(?:up|down)\.sql$/.exec(file)?.[1] ?? []));
  const found = sortByVersion(
    [...names].map((name) => ({ file: name, version: requireDigits(folder, name, getVersion) })),
  );
  requireUniqueVersions(found, folder.path);
  const migrations: Migration[] = [];
  for (const { file: name } of found) {
    const [up, down] = [`${name}/up.sql`, `${name}/down.sql`];
    const transaction = await getTransaction(name);
    const read = async (file: string) => ({ file, source: await folder.read(file), transaction });
    if (!folder.has(up)) {
      throw new HarnessError(`${folder.absolute(down)}: a down without its up.sql`, "Add up.sql, or remove the folder");
    }
    migrations.push({
      name,
      up: [await makeMigrationStep(folder, await read(up))],
      ...(folder.has(down) && { down: await makeDown(folder, await read(down)) }),
    });
  }

  return migrations;
}

function requireDigits(folder: MigrationFolder, name: string, getVersion: (name: string) => string): string {
  const version = getVersion(name);
  if (/^\d+$/.test(version)) return version;

  throw new HarnessError(
    `${folder.absolute(name)}: its name does not begin with a number`,
    "Name it like the others, with a number or a time first",
  );
}
