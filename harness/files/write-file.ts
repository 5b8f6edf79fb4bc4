/**
 * A report is there as a whole or not at all: it is written beside its place and moved there. What is not a regular
 * file (a pipe, `/dev/stdout`) is written to directly, for moving a file there would destroy it.
 */
import { access, constants, mkdir, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, relative, resolve } from "node:path";
import { HarnessError, messageOf } from "../errors.ts";

/** Plumbline's own folder, in the one that it is run in: made where it is missing. */
const OWN = "plumbline-out";

/**
 * Writes the text, in UTF-8, over whatever regular file was there.
 * @throws HarnessError where the folder is missing, nothing may be written there, or the disk is full; the old file
 *   is then still there, unchanged
 */
export async function writeAtomically(file: string, text: string): Promise<void> {
  try {
    await makeOwnFolder(file);
    const target = await targetOf(file);
    if (target.special) await writeFile(target.path, text);
    else await writeAndMove(target.path, text);
  } catch (error) {
    throw new HarnessError(
      `${file} could not be written: ${messageOf(error)}`,
      remedyFor(error, file),
      error,
    );
  }
}

/**
 * Makes sure, before any work is done for it, that a report will find its place.
 * @throws HarnessError where the folder is missing, or nothing may be written there
 */
export async function requireWritable(file: string | undefined): Promise<void> {
  if (file === undefined) return;
  try {
    await makeOwnFolder(file);
    const { path, special } = await targetOf(file);
    if (special) return;
    if (await isFolder(path)) throw Object.assign(new Error("it is a folder"), { code: "EISDIR" });
    await access(dirname(path), constants.W_OK);
  } catch (error) {
    throw new HarnessError(
      `${file} could not be written: ${messageOf(error)}`,
      remedyFor(error, file),
      error,
    );
  }
}

/**
 * The same for all reports of a run.
 * @throws HarnessError for the first that will find none, and where two are to be written to one file
 */
export async function requireWritableReports({ json, junit, html }: Reports): Promise<void> {
  const files = [json, junit, html].flatMap((file) => (file === undefined ? [] : [file]));
  const twice = files.find((file, at) =>
    files.some((one, before) => before < at && resolve(one) === resolve(file)),
  );
  if (twice !== undefined) {
    throw new HarnessError(`Two reports are to be written to ${twice}`, "Give each a file of its own");
  }
  await Promise.all([json, junit, html].map(requireWritable));
}

/** The files that reports are to be written to. */
export interface Reports {
  readonly json?: string;
  readonly junit?: string;
  readonly html?: string;
}

/** A run that finds nothing wrong writes no script, and its report is to be there all the same. */
async function makeOwnFolder(file: string): Promise<void> {
  const folder = dirname(resolve(file));
  if (!relative(resolve(OWN), folder).startsWith("..")) await mkdir(folder, { recursive: true });
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (codeOf(error) === "ENOENT") return false;
    throw error;
  }
}

interface Target {
  /** With symbolic links followed: moving a file over a link would cut it. */
  readonly path: string;
  /** True for what exists and is neither a regular file nor a folder. */
  readonly special: boolean;
}

async function targetOf(file: string): Promise<Target> {
  try {
    const found = await stat(file);
    if (!found.isFile() && !found.isDirectory()) return { path: file, special: true };

    return { path: await realpath(file), special: false };
  } catch (error) {
    if (codeOf(error) === "ENOENT") return { path: file, special: false };
    throw error;
  }
}

async function writeAndMove(path: string, text: string): Promise<void> {
  const draft = `${path}.${process.pid}.tmp`;
  try {
    // Some file systems tell of a full disk only when they are made to write.
    await writeFile(draft, text, { flush: true });
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

function remedyFor(error: unknown, file: string): string {
  switch (codeOf(error)) {
    case "ENOENT":
    case "ENOTDIR":
      return `Create the folder ${dirname(file)}, or name a file in a folder that exists`;
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return "Name a file in a folder that you may write to";
    case "EISDIR":
      return "Name a file, not a folder";
    case "ENOSPC":
    case "EDQUOT":
      return "Free some space on that disk, or name a file on another one";
    default:
      return "Name another file";
  }
}

function codeOf(error: unknown): string | undefined {
  const code: unknown = error instanceof Error && "code" in error ? error.code : undefined;

  return typeof code === "string" ? code : undefined;
}
