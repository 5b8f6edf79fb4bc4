/** Reads migrations that are one numbered file each, without a down. */
import type { TransactionMode } from "../release/release.ts";
import type { FoundMigrations, Migration, ReadingOptions } from "./layout.ts";
import type { MigrationFolder } from "./migration-folder.ts";
import { makeMigrationStep } from "./read-step.ts";
import { requireNoGap, requireUniqueVersions, sortByVersion } from "./versions.ts";

const FILE = /^(\d+)(?:[._-].*)?\.sql$/;

export function isNumberedFile(file: string): boolean {
  return FILE.test(file);
}

/** The numbered SQL files directly in the folder, by number. @throws HarnessError if a number is there twice */
export function findNumbered(folder: MigrationFolder): readonly { readonly version: string; readonly file: string }[] {
  const found = folder.listIn().flatMap((file) => {
    const version = FILE.exec(file)?.[1];

    return version === undefined ? [] : [{ version, file }];
  });
  const sorted = sortByVersion(found);
  requireUniqueVersions(sorted, folder.path);

  return sorted;
}

export async function readNumbered(
  folder: MigrationFolder,
  getTransaction: (text: string) => TransactionMode,
  { isRequested }: ReadingOptions,
): Promise<FoundMigrations> {
  const numbered = findNumbered(folder);
  if (!isRequested) requireNoGap(numbered, folder.path);
  const migrations: Migration[] = [];
  for (const { file } of numbered) {
    const source = await folder.read(file);
    const up = await makeMigrationStep(folder, { file, source, transaction: getTransaction(source) });
    migrations.push({ name: nameOfFile(file), up: [up] });
  }

  return { migrations };
}

/** The file's name without its ending. */
export function nameOfFile(file: string): string {
  return file.replace(/^.*\//, "").replace(/\.sql$/, "");
}
