/**
 * Reads a release, whole before anything runs: every file that its `release.json` names exists, is text, and is SQL that
 * PostgreSQL can parse.
 */
import { stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { HarnessError } from "../errors.ts";
import { readKnownFailures } from "./known-failures.ts";
import { parseReleaseManifest, type ReleaseManifest } from "./manifest.ts";
import { createUnreadableError, isMissingFile, type ReadPurpose, readText } from "./read-text.ts";
import { LIST_NAMES, type ListName, type Release, type Step, type StepLists } from "./release.ts";
import { splitStatements } from "./split-statements.ts";

/** The file that makes a folder a release. */
export const manifestName = "release.json";

const manifestPurpose: ReadPurpose = {
  clause: "and it is what makes a folder a release",
  remedy: "Write one with the keys name, baseline and migrate, or give another folder",
};

/**
 * Reads the release in a folder. Paths in its `release.json` are relative to the folder and may lead out of it; a step
 * may be without a statement.
 * @throws HarnessError whose message begins with the path of the file or folder at fault
 */
export async function readRelease(folder: string): Promise<Release> {
  const absolute = resolve(folder);
  const file = join(absolute, manifestName);
  await requireFolder(absolute);
  const manifest = parseReleaseManifest(await readText(file, manifestPurpose), file);
  const { name, properties, rollback, findings } = manifest;
  const purpose = (key: string): ReadPurpose => ({
    clause: `though "${key}" in ${file} names it`,
    remedy: `Write the file, or correct its path in ${manifestName}`,
  });
  const lists: { [Name in ListName]?: Step[] } = {};
  for (const list of LIST_NAMES) {
    const paths = findPaths(manifest, list);
    // One after another, so that the first problem in the order of the release is reported.
    for (const path of paths ?? []) {
      lists[list] = [...(lists[list] ?? []), await readStep(absolute, path, purpose(list))];
    }
    if (paths?.length === 0) lists[list] = [];
  }
  const knownFailuresFile = findings === undefined ? undefined : resolve(absolute, findings);

  return {
    ...{ name, folder: absolute, lists: lists as StepLists },
    ...(properties !== undefined && { properties }),
    restores: {
      "rollback.emergency": rollback?.emergency?.restores ?? true,
      "rollback.controlled": rollback?.controlled?.restores ?? true,
    },
    ...(knownFailuresFile !== undefined && { knownFailuresFile }),
    knownFailures:
      knownFailuresFile === undefined ? [] : await readKnownFailures(knownFailuresFile, purpose("findings")),
  };
}

function findPaths({ rollback, ...lists }: ReleaseManifest, list: ListName): readonly string[] | undefined {
  switch (list) {
    case "rollback.emergency":
      return rollback?.emergency?.steps;
    case "rollback.controlled":
      return rollback?.controlled?.steps;
    default:
      return lists[list];
  }
}

async function requireFolder(folder: string): Promise<void> {
  const remedy = `Give the path of a folder that holds a ${manifestName}`;
  const found = await stat(folder).catch((thrown: unknown) => {
    if (isMissingFile(thrown)) throw new HarnessError(`${folder}: no such folder`, remedy);

    throw createUnreadableError(folder, thrown);
  });
  if (!found.isDirectory()) throw new HarnessError(`${folder}: a file and not a folder`, remedy);
}

async function readStep(folder: string, path: string, purpose: ReadPurpose): Promise<Step> {
  const file = resolve(folder, path);
  const source = await readText(file, purpose);

  return { path, file, source, statements: await splitStatements(source, file) };
}
