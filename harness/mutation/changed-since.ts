/**
 * Which lines of a release's files changed since a revision, so that only their mutants are tried. Git says it.
 */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { parsePatch } from "diff";
import { HarnessError, messageOf } from "../errors.ts";
import type { Release } from "../release/release.ts";
import { listedSteps } from "./lists.ts";
import type { Mutant } from "./mutant.ts";

const run = promisify(execFile);

/**
 * The mutants whose line changed since the revision, what is not committed yet included.
 * @throws HarnessError where Git does not know the revision or the folder
 */
export async function changedSince(
  release: Release,
  mutants: readonly Mutant[],
  revision: string,
): Promise<readonly Mutant[]> {
  const steps = new Map(listedSteps(release).map(({ step }) => [step.path, step.file]));
  const changed = new Map<string, ReadonlySet<number>>();
  for (const [path, file] of steps) {
    changed.set(path, await linesChanged(release.folder, file, revision));
  }

  return mutants.filter(({ step, line, original }) => {
    const lines = changed.get(step);
    const last = line + original.trimEnd().split("\n").length - 1;

    return lines !== undefined && [...lines].some((one) => one >= line && one <= last);
  });
}

/** Line numbers of the file as it is now. */
async function linesChanged(folder: string, file: string, revision: string): Promise<ReadonlySet<number>> {
  try {
    const words = ["-C", folder, "diff", "--unified=0", "--no-color", "--no-ext-diff", revision, "--", file];
    const { stdout } = await run("git", words, { maxBuffer: 2 ** 26 });
    const hunks = parsePatch(stdout).flatMap((patch) => patch.hunks);

    return new Set(
      hunks.flatMap(({ newStart, newLines }) =>
        Array.from({ length: newLines }, (_, index) => newStart + index),
      ),
    );
  } catch (error) {
    throw new HarnessError(
      `Git cannot tell what changed since ${revision}: ${messageOf(error).split("\n").at(1) ?? messageOf(error)}`,
      "Name a revision that git knows, in a release folder that it keeps",
      error,
    );
  }
}
