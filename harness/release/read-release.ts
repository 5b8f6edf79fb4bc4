/**
 * Reads a release, whole before anything runs: every file that its `release.json` names exists, is text, and is SQL that
 * PostgreSQL can parse.
 */
import { readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import * as v from "valibot";
import { HarnessError } from "../errors.ts";
import { readKnownFailures } from "./known-failures.ts";
import { parseJson } from "./read-json.ts";
import { createUnreadableError, isMissingFile, type ReadPurpose, readText } from "./read-text.ts";
import type { ListName, Release, RollbackName, Step, StepLists } from "./release.ts";
import { splitStatements } from "./split-statements.ts";
import { isObject, strictObject, validate } from "./validate.ts";

const manifestName = "release.json";

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
  const manifest = validate(manifestSchema, parseJson(await readText(file, manifestPurpose), file), file);
  const { name, properties, findings, transaction } = manifest;
  const rollbacks = Object.entries(manifest.rollback ?? {}).map(
    ([key, value]) => [toRollbackName(key), value] as const,
  );
  const purpose = (key: string): ReadPurpose => ({
    clause: `though "${key}" in ${file} names it`,
    remedy: `Write the file, or correct its path in ${manifestName}`,
  });
  const lists: { [Name in ListName]?: Step[] } = {};
  const readList = async (list: ListName, paths: readonly string[] | undefined, isChanging = false) => {
    if (paths === undefined) return;
    const steps: Step[] = [];
    // One after another, so that the first problem in the order of the release is reported.
    for (const path of paths) {
      const step = await readStep(absolute, path, purpose(list));
      steps.push(isChanging && transaction === "file" ? { ...step, transaction } : step);
    }
    lists[list] = steps;
  };
  for (const list of ["baseline", "analyse", "migrate", "verify", "exercise"] as const) {
    await readList(list, manifest[list], list === "migrate");
  }
  for (const [list, { steps }] of rollbacks) await readList(list, steps, true);
  await readList("verifyRollback", manifest.verifyRollback);
  const knownFailuresFile = findings === undefined ? undefined : resolve(absolute, findings);

  return {
    ...{ name, folder: absolute, lists: lists as StepLists },
    ...(properties !== undefined && { properties }),
    restores: Object.fromEntries(rollbacks.map(([list, { restores }]) => [list, restores])),
    ...(knownFailuresFile !== undefined && { knownFailuresFile }),
    knownFailures:
      knownFailuresFile === undefined ? [] : await readKnownFailures(knownFailuresFile, purpose("findings")),
  };
}

function toRollbackName(key: string): RollbackName {
  return `rollback.${key}`;
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

const path = v.pipe(v.string("the path of a file"), v.nonEmpty("the path of a file"));
const list = v.array(path, "a list of paths");
const filledList = v.pipe(v.array(path, "a list of at least one path"), v.nonEmpty("a list of at least one path"));

/** Reports and scripts are named after the release. */
const NAME_FORM =
  "a name of at most 100 letters, digits, dots, dashes and underscores that begins and ends with a letter or a digit";
const name = v.pipe(v.string(NAME_FORM), v.regex(/^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9])?$/, NAME_FORM));

const rollbackObject = strictObject(
  { steps: list, restores: v.exactOptional(v.boolean("true or false"), true) },
  "an object",
);
const rollbackList = v.pipe(
  v.array(path, "a list of paths, or an object with steps and restores"),
  v.transform((steps) => ({ steps, restores: true })),
);
const rollback = v.lazy((input) => (isObject(input) ? rollbackObject : rollbackList));
const ROLLBACK_NAME_FORM = "a name of letters, digits, dashes and underscores that begins with a letter";
const rollbacks = v.pipe(
  v.custom<object>(isObject, "an object of rollbacks by name"),
  v.record(v.pipe(v.string(), v.regex(/^[A-Za-z][\w-]{0,49}$/, ROLLBACK_NAME_FORM)), rollback),
);

const manifestSchema = strictObject(
  {
    name,
    baseline: filledList,
    properties: v.exactOptional(path),
    analyse: v.exactOptional(list),
    migrate: filledList,
    verify: v.exactOptional(list),
    exercise: v.exactOptional(list),
    rollback: v.exactOptional(rollbacks),
    verifyRollback: v.exactOptional(list),
    findings: v.exactOptional(path),
    transaction: v.exactOptional(v.picklist(["file", "statement"], '"file" or "statement"')),
  },
  "an object",
);

/**
 * The folders directly in `root` that hold a `release.json`, absolute and sorted by name; none is an empty list.
 * @throws HarnessError that begins with the path of what cannot be read
 */
export async function findReleases(root: string): Promise<string[]> {
  const absolute = resolve(root);
  const folders = (await namesIn(absolute)).toSorted().map((name) => join(absolute, name));
  const releases: string[] = [];

  for (const folder of folders) if (await holdsManifest(folder)) releases.push(folder);

  return releases;
}

async function namesIn(root: string): Promise<string[]> {
  try {
    return await readdir(root);
  } catch (thrown) {
    if (!isMissingFile(thrown)) throw createUnreadableError(root, thrown);

    throw new HarnessError(`${root}: no such folder`, "Give the path of a folder that holds releases", thrown);
  }
}

async function holdsManifest(folder: string): Promise<boolean> {
  const file = join(folder, manifestName);

  try {
    return (await stat(file)).isFile();
  } catch (thrown) {
    if (isMissingFile(thrown)) return false;

    throw createUnreadableError(file, thrown);
  }
}
