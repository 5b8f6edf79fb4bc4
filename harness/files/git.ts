/** Asks Git what changed. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { HarnessError, messageOf } from "../errors.ts";
import { hasCode } from "./file-errors.ts";

const run = promisify(execFile);

/**
 * Runs Git in a folder and returns what it prints.
 * @param revision one of the words; named in errors
 * @throws HarnessError if there is no Git, no repository or no such revision
 */
export async function runGit(folder: string, revision: string, words: readonly string[]): Promise<string> {
  // Git would take it for an option, such as one that writes a file.
  if (!/^[^-]/.test(revision)) {
    throw new HarnessError(`${JSON.stringify(revision)} is no revision of Git`, "Name a branch, a tag or a commit");
  }
  try {
    return await git(folder, words);
  } catch (error) {
    if (hasCode(error, "ENOENT"))
      throw new HarnessError("Git is not installed", "Install it, or select otherwise", error);
    const remedy = `Use a revision of the repository that ${folder} is in`;
    const isRepository = await git(folder, ["rev-parse", "--git-dir"]).then(
      () => true,
      () => false,
    );
    throw isRepository
      ? new HarnessError(`Git cannot list the changes since ${revision}: ${findReason(error)}`, remedy, error)
      : new HarnessError(`${folder} is in no repository of Git`, "Run it in a clone, or select otherwise", error);
  }
}

async function git(folder: string, words: readonly string[]): Promise<string> {
  return (await run("git", ["-C", folder, ...words], { maxBuffer: 2 ** 26 })).stdout;
}

/** The second line of the message: the first names the command. */
function findReason(error: unknown): string {
  return messageOf(error).split("\n").at(1) ?? messageOf(error);
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
