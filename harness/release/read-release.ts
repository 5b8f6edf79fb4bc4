/**
 * A release is read whole before anything runs: every file that its `release.json` names is there, is text, and is SQL
 * that PostgreSQL can parse.
 */
import { stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { HarnessError } from "../errors.ts";
import { readKnownFailures } from "./known-failures.ts";
import { type ReleaseManifest, parseReleaseManifest } from "./manifest.ts";
import { type ReadPurpose, isMissingFile, readText, createUnreadableError } from "./read-text.ts";
import type { Release, Step, Steps } from "./release.ts";
import { splitStatements } from "./split-statements.ts";

/** The file that makes a folder a release. */
export const manifestName = "release.json";

/**
 * The release in a folder. Paths in its `release.json` are relative to the folder and may lead out of it; a step may
 * be without a statement.
 * @throws HarnessError whose message begins with the path of the file or folder at fault
 */
export async function readRelease(folder: string): Promise<Release> {
  const absolute = resolve(folder);
  const file = join(absolute, manifestName);
  await demandFolder(absolute);
  const manifest = parseReleaseManifest(await readText(file, errandFor.manifest), file);
  const steps = await readSteps(manifest, (key, path) => readStep(absolute, path, errandFor.key(key, file)));
  const { name, properties } = manifest;
  const base = { name, folder: absolute, ...(properties === undefined ? {} : { properties }), ...steps };

  if (manifest.findings === undefined) return { ...base, knownFailures: [] };

  const ledger = resolve(absolute, manifest.findings);

  return { ...base, knownFailuresFile: ledger, knownFailures: await readKnownFailures(ledger, errandFor.key("findings", file)) };
}

const errandFor = {
  manifest: {
    clause: "and it is what makes a folder a release",
    remedy: "Write one with the keys name, baseline and migrate, or give another folder",
  },
  key: (key: string, manifest: string): ReadPurpose => ({
    clause: `though "${key}" in ${manifest} names it`,
    remedy: `Write the file, or correct its path in ${manifestName}`,
  }),
};

async function demandFolder(folder: string): Promise<void> {
  const found = await stat(folder).catch((thrown: unknown) => {
    if (isMissingFile(thrown)) return undefined;

    throw createUnreadableError(folder, thrown);
  });

  if (found === undefined) {
    throw new HarnessError(
      `${folder}: no such folder`,
      `Give the path of a folder that holds a ${manifestName}`,
    );
  }

  if (!found.isDirectory()) {
    throw new HarnessError(
      `${folder}: a file and not a folder`,
      `Give the path of a folder that holds a ${manifestName}`,
    );
  }
}

async function readStep(folder: string, path: string, errand: ReadPurpose): Promise<Step> {
  const file = resolve(folder, path);
  const source = await readText(file, errand);

  return { path, file, source, statements: await splitStatements(source, file) };
}

/** One after another in the order of a release, so that the first fault told is the first there is. */
async function readSteps(
  manifest: ReleaseManifest,
  readStep: (key: string, path: string) => Promise<Step>,
): Promise<Steps> {
  const readList = async (key: string, paths: readonly string[]) => {
    const steps: Step[] = [];

    for (const path of paths) steps.push(await readStep(key, path));

    return steps;
  };
  const readMaybe = async (key: string, paths?: readonly string[]) => paths && (await readList(key, paths));

  const baseline = await readList("baseline", manifest.baseline);
  const analyse = await readMaybe("analyse", manifest.analyse);
  const migrate = await readList("migrate", manifest.migrate);
  const verify = await readMaybe("verify", manifest.verify);
  const exercise = await readMaybe("exercise", manifest.exercise);
  const emergency = await readMaybe("rollback.emergency", manifest.rollback?.emergency);
  const controlled = await readMaybe("rollback.controlled", manifest.rollback?.controlled);
  const rollback = manifest.rollback && {
    ...(emergency && { emergency }),
    ...(controlled && { controlled }),
  };
  const verifyRollback = await readMaybe("verifyRollback", manifest.verifyRollback);

  return {
    baseline,
    ...(analyse && { analyse }),
    migrate,
    ...(verify && { verify }),
    ...(exercise && { exercise }),
    ...(rollback && { rollback }),
    ...(verifyRollback && { verifyRollback }),
  };
}
