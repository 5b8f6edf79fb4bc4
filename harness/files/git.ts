/** Asks Git what changed. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { HarnessError, messageOf } from "../errors.ts";

const run = promisify(execFile);

/**
 * Runs Git in a folder and returns what it prints.
 * @param revision named in the error
 * @throws HarnessError if Git does not know the revision or the folder
 */
export async function runGit(folder: string, revision: string, words: readonly string[]): Promise<string> {
  try {
    return (await run("git", ["-C", folder, ...words], { maxBuffer: 2 ** 26 })).stdout;
  } catch (error) {
    throw new HarnessError(
      `Git cannot list the changes since ${revision}: ${messageOf(error).split("\n").at(1) ?? messageOf(error)}`,
      `Use a revision of the repository that ${folder} is in`,
      error,
    );
  }
}

/**
 * The files in a folder that differ from a revision, uncommitted and untracked ones included; absolute.
 * @throws HarnessError if Git does not know the revision or the folder
 */
export async function listChangedFiles(folder: string, revision: string): Promise<ReadonlySet<string>> {
  const changed = await runGit(folder, revision, ["diff", "--name-only", "-z", "--relative", revision, "--", "."]);
  const untracked = await runGit(folder, revision, ["ls-files", "--others", "--exclude-standard", "-z", "--", "."]);

  return new Set(`${changed}\0${untracked}`.split("\0").flatMap((file) => (file === "" ? [] : [join(folder, file)])));
}
