/** Selects the mutants of lines that changed since a revision of Git. */
import { parsePatch } from "diff";
import { runGit } from "../files/git.ts";
import { listSteps } from "../release/lists.ts";
import type { Release, Step } from "../release/release.ts";
import type { Mutant } from "./mutant.ts";

/**
 * The mutants of changed lines, including uncommitted changes.
 * @throws HarnessError if Git does not know the revision or the folder
 */
export async function selectChangedSince(
  release: Release,
  mutants: readonly Mutant[],
  revision: string,
): Promise<readonly Mutant[]> {
  const steps = new Map(listSteps(release).map(({ step }) => [step.path, step]));
  const changed = new Map<string, ReadonlySet<number>>();
  for (const [path, step] of steps) changed.set(path, await findChangedLines(release.folder, step, revision));

  return mutants.filter(({ step, line, original }) => {
    const lines = changed.get(step);
    const last = line + original.trimEnd().split("\n").length - 1;

    return lines !== undefined && [...lines].some((one) => one >= line && one <= last);
  });
}

async function findChangedLines(
  folder: string,
  { file, source }: Step,
  revision: string,
): Promise<ReadonlySet<number>> {
  const git = async (...words: readonly string[]) => await runGit(folder, revision, [...words, "--", file]);
  const stdout = await git("diff", "--unified=0", "--no-color", "--no-ext-diff", revision);
  if (stdout === "" && (await git("ls-files", "--cached")) === "") {
    // An untracked file is new as a whole, and absent from the diff.
    return new Set(Array.from({ length: source.split("\n").length }, (_, index) => index + 1));
  }
  const hunks = parsePatch(stdout).flatMap((patch) => patch.hunks);

  return new Set(
    hunks.flatMap(({ newStart, newLines }) => Array.from({ length: newLines }, (_, index) => newStart + index)),
  );
}
