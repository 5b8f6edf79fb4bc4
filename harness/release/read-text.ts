/**
 * Files are read as UTF-8 or not at all: a byte that is not text would reach PostgreSQL as another character.
 */
import { isUtf8 } from "node:buffer";
import { readFile } from "node:fs/promises";
import { HarnessError, messageOf } from "../errors.ts";

/** What a file is read for, so that its absence can be told. */
export interface ReadPurpose {
  /** Follows "no such file, ": `though "migrate" in /releases/one/release.json names it`. */
  readonly clause: string;
  /** What to do where there is no such file: one imperative sentence. */
  readonly remedy: string;
}

/**
 * The text of a file, without a byte order mark.
 * @throws HarnessError that begins with `file`
 */
export async function readText(file: string, errand: ReadPurpose): Promise<string> {
  const bytes = await readBytes(file, errand);

  if (!isUtf8(bytes)) throw new HarnessError(`${file}: not UTF-8 text, ${errand.clause}`, "Save it as UTF-8");

  return bytes.toString("utf8").replace(/^\uFEFF/, "");
}

async function readBytes(file: string, { clause, remedy }: ReadPurpose): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (thrown) {
    if (isMissingFile(thrown)) throw new HarnessError(`${file}: no such file, ${clause}`, remedy, thrown);

    if (codeOf(thrown) === "EISDIR") {
      throw new HarnessError(`${file}: a folder and not a file, ${clause}`, remedy, thrown);
    }

    throw createUnreadableError(file, thrown);
  }
}

/** Whether a file or folder could not be reached because it, or a folder on the way to it, does not exist. */
export function isMissingFile(thrown: unknown): boolean {
  const code = codeOf(thrown);

  return code === "ENOENT" || code === "ENOTDIR";
}

/** For every other reason that a file or folder could not be reached. */
export function createUnreadableError(path: string, thrown: unknown): HarnessError {
  return new HarnessError(
    `${path}: cannot be read: ${messageOf(thrown)}`,
    "Make it readable, or correct its path",
    thrown,
  );
}

function codeOf(thrown: unknown): unknown {
  return thrown instanceof Error && "code" in thrown ? thrown.code : undefined;
}
