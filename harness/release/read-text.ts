/** Reads files as UTF-8, and rejects others: an invalid byte would reach PostgreSQL as another character. */
import { isUtf8 } from "node:buffer";
import { readFile } from "node:fs/promises";
import { HarnessError, messageOf } from "../errors.ts";

/** Why a file is read, for the error if it is missing. */
export interface ReadPurpose {
  /** Follows "no such file, ": `though "migrate" in /releases/one/release.json names it`. */
  readonly clause: string;
  /** What to do if it is missing: one imperative sentence. */
  readonly remedy: string;
}

/**
 * Reads the text of a file, without a byte order mark.
 * @throws HarnessError that begins with `file`
 */
export async function readText(file: string, purpose: ReadPurpose): Promise<string> {
  const bytes = await readBytes(file, purpose);

  if (!isUtf8(bytes)) throw new HarnessError(`${file}: not UTF-8 text`, "Save it as UTF-8");

  return bytes.toString("utf8").replace(/^\uFEFF/, "");
}

async function readBytes(file: string, { clause, remedy }: ReadPurpose): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (thrown) {
    if (isMissingFile(thrown)) throw new HarnessError(`${file}: no such file, ${clause}`, remedy, thrown);

    if (getErrorCode(thrown) === "EISDIR") {
      throw new HarnessError(`${file}: a folder and not a file, ${clause}`, remedy, thrown);
    }

    throw createUnreadableError(file, thrown);
  }
}

/** Whether a file or folder, or a folder on its path, does not exist. */
export function isMissingFile(thrown: unknown): boolean {
  const code = getErrorCode(thrown);

  return code === "ENOENT" || code === "ENOTDIR";
}

/** Creates the error for a file or folder that cannot be read for another reason than that it is missing. */
export function createUnreadableError(path: string, thrown: unknown): HarnessError {
  return new HarnessError(
    `${path}: cannot be read: ${messageOf(thrown)}`,
    "Make it readable, or correct its path",
    thrown,
  );
}

function getErrorCode(thrown: unknown): unknown {
  return thrown instanceof Error && "code" in thrown ? thrown.code : undefined;
}
