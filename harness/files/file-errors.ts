/** Converts errors of the file system into HarnessErrors that say what to do. */
import { HarnessError, messageOf } from "../errors.ts";

const remedies: Readonly<Record<string, string>> = {
  ENOSPC: "Free some space there, or set PLUMBLINE_TEMP and PLUMBLINE_CACHE to folders with 500 MB to spare",
  EDQUOT: "Free some of your quota there, or set PLUMBLINE_TEMP and PLUMBLINE_CACHE to folders elsewhere",
  EACCES: "Set PLUMBLINE_CACHE and PLUMBLINE_TEMP to folders that this account may write to",
  EPERM: "Set PLUMBLINE_CACHE and PLUMBLINE_TEMP to folders that this account may write to",
  EROFS: "Set PLUMBLINE_CACHE and PLUMBLINE_TEMP to folders that can be written to",
  ENOENT: "Make that folder, or set PLUMBLINE_CACHE or PLUMBLINE_TEMP to one that exists",
  ENOTDIR: "Set PLUMBLINE_CACHE and PLUMBLINE_TEMP to folders, not to files",
};

/** Tests whether a thrown value is a system error with one of these codes. */
export function hasCode(thrown: unknown, ...codes: string[]): boolean {
  return thrown instanceof Error && "code" in thrown && codes.includes(String(thrown.code));
}

/** Converts a system error met while `doing` something into a HarnessError; other values are returned unchanged. */
export function toFileError(thrown: unknown, doing: string): unknown {
  if (thrown instanceof HarnessError || !(thrown instanceof Error) || !("code" in thrown)) return thrown;
  const remedy = remedies[String(thrown.code)];
  if (remedy === undefined) return thrown;

  return new HarnessError(`${doing} failed: ${messageOf(thrown)}`, remedy, thrown);
}

/** Awaits the work, and converts an error of the file system into a HarnessError. */
export async function withFileErrors<T>(doing: string, work: () => Promise<T> | T): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    throw toFileError(thrown, doing);
  }
}
