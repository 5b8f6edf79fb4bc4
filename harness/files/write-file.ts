/**
 * Writes files atomically: a draft is written next to the file and renamed. What is not a regular file (a pipe,
 * `/dev/stdout`) is written to directly, because renaming would replace it.
 */
import { access, constants, mkdir, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, relative, resolve } from "node:path";
import { HarnessError, messageOf } from "../errors.ts";

/** Plumbline's own folder in the working directory, created if it is missing. */
const OUTPUT_FOLDER = "plumbline-out";

/**
 * Writes the text in UTF-8, replacing a regular file.
 * @throws HarnessError if the folder is missing or not writable, or the disk is full; an old file is then unchanged
 */
export async function writeAtomically(file: string, text: string): Promise<void> {
  try {
    await createOutputFolder(file);
    const target = await findTarget(file);
    if (target.special) await writeFile(target.path, text);
    else await writeAndRename(target.path, text);
  } catch (error) {
    throw new HarnessError(`${file} could not be written: ${messageOf(error)}`, findRemedy(error, file), error);
  }
}

/**
 * Checks that a report can be written, before the work for it is done.
 * @throws HarnessError if the folder is missing or not writable
 */
export async function requireWritable(file: string | undefined): Promise<void> {
  if (file === undefined) return;
  if (file === "") throw new HarnessError("A report has an empty name", "Name the file that it is to be written to");
  try {
    await createOutputFolder(file);
    const { path, special } = await findTarget(file);
    if (special) return;
    if (await isFolder(path)) throw Object.assign(new Error("it is a folder"), { code: "EISDIR" });
    await access(dirname(path), constants.W_OK);
  } catch (error) {
    throw new HarnessError(`${file} could not be written: ${messageOf(error)}`, findRemedy(error, file), error);
  }
}

/**
 * Checks all reports of a run.
 * @throws HarnessError for the first that cannot be written, or if two have the same file
 */
export async function requireWritableReports({ json, junit, html }: Reports): Promise<void> {
  const files = [json, junit, html].flatMap((file) => (file === undefined ? [] : [file]));
  const repeated = files.find((file, at) => files.some((one, before) => before < at && resolve(one) === resolve(file)));
  if (repeated !== undefined) {
    throw new HarnessError(`Two reports are to be written to ${repeated}`, "Give each a file of its own");
  }
  await Promise.all([json, junit, html].map(requireWritable));
}

/** The files of the reports. */
export interface Reports {
  readonly json?: string;
  readonly junit?: string;
  readonly html?: string;
}

/** Scripts create the folder too, but a run without violations writes none. */
async function createOutputFolder(file: string): Promise<void> {
  const folder = dirname(resolve(file));
  if (!relative(resolve(OUTPUT_FOLDER), folder).startsWith("..")) await mkdir(folder, { recursive: true });
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (readCode(error) === "ENOENT") return false;
    throw error;
  }
}

interface Target {
  /** With symbolic links resolved: renaming a file over a link would replace the link. */
  readonly path: string;
  /** Whether it exists and is neither a regular file nor a folder. */
  readonly special: boolean;
}

async function findTarget(file: string): Promise<Target> {
  try {
    const found = await stat(file);
    if (!found.isFile() && !found.isDirectory()) return { path: file, special: true };

    return { path: await realpath(file), special: false };
  } catch (error) {
    if (readCode(error) === "ENOENT") return { path: file, special: false };
    throw error;
  }
}

async function writeAndRename(path: string, text: string): Promise<void> {
  const draft = `${path}.${process.pid}.tmp`;
  try {
    // Some file systems report a full disk only when the data is flushed.
    await writeFile(draft, text, { flush: true });
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

function findRemedy(error: unknown, file: string): string {
  switch (readCode(error)) {
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

function readCode(error: unknown): string | undefined {
  const code: unknown = error instanceof Error && "code" in error ? error.code : undefined;

  return typeof code === "string" ? code : undefined;
}
