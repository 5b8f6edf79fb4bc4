/**
 * The scripts of a run lie in one folder per release, so that a file's name is its property's. A script whose property
 * holds again is removed: what is left in the folder is what is still wrong. One whose property could not be decided
 * stays, since nobody has seen it mended.
 */
import { mkdir, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { HarnessError, messageOf } from "../errors.ts";
import { writeWhole } from "../files/write-file.ts";
import type { PropertyResult, ReleaseResult, RunResult } from "../property/verdict.ts";
import { displayPath } from "./reproduce-line.ts";
import { formatScript } from "./script.ts";

export interface ScriptDestination {
  /** Paths are told relative to this folder; absolute. */
  readonly cwd: string;
  /** Relative to `cwd`, or absolute; `plumbline-out` unless told. */
  readonly folder?: string;
}

/**
 * Writes `<folder>/<release>/<id>.sql` for each violation, and `<id>.spec` beside it where it takes several sessions.
 * @returns the path of each script, relative to `cwd` where it lies below it, with forward slashes
 * @throws HarnessError where a folder cannot be made or a file cannot be written or removed
 */
export async function writeScripts(
  run: RunResult,
  destination: ScriptDestination,
): Promise<ReadonlyMap<PropertyResult, string>> {
  const scripts = new Map<PropertyResult, string>();
  const taken = new Set<string>();
  for (const release of run.releases) {
    const name = freeName(fileName(release.name), taken);
    const folder = resolve(destination.cwd, destination.folder ?? "plumbline-out", name);
    for (const result of release.properties) {
      const file = join(folder, `${fileName(result.id)}.sql`);
      const shown = displayPath(file, destination.cwd);
      if (await writeOne(release, result, { folder, file, shown })) scripts.set(result, shown);
    }
  }

  return scripts;
}

interface Place {
  readonly folder: string;
  readonly file: string;
  readonly shown: string;
}

async function writeOne(release: ReleaseResult, result: PropertyResult, place: Place): Promise<boolean> {
  const script = formatScript(release.name, result, place.shown);
  const spec = result.violation?.spec;
  const specFile = place.file.replace(/\.sql$/, ".spec");
  if (result.verdict !== "unknown" && spec === undefined) {
    await orExplain(place.shown, rm(specFile, { force: true }));
  }
  if (script === undefined) {
    if (result.verdict === "held") await orExplain(place.shown, rm(place.file, { force: true }));
    return false;
  }
  await orExplain(place.shown, mkdir(place.folder, { recursive: true }));
  await writeWhole(place.file, script);
  if (spec !== undefined) await writeWhole(specFile, spec);

  return true;
}

async function orExplain(shown: string, work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    throw new HarnessError(
      `the place of the script ${shown} could not be prepared: ${messageOf(error)}`,
      "Run it in a folder that you may write to",
      error,
    );
  }
}

/** Two releases may bear one name, as a copy and its original do. */
function freeName(name: string, taken: Set<string>): string {
  let free = name;
  for (let number = 2; taken.has(free.toLowerCase()); number += 1) free = `${name}-${number}`;
  taken.add(free.toLowerCase());

  return free;
}

/** A name that every file system takes, and that never leads out of its folder. */
function fileName(name: string): string {
  return name.replace(/[^\w.-]+/g, "-").replace(/^[.-]+/, "") || "unnamed";
}
