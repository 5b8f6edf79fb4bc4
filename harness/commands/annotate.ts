/**
 * On GitHub, shows what fails a run next to the lines of a change.
 */
import type { RunResult } from "../property/verdict.ts";
import { readRelease } from "../release/read-release.ts";
import { readText } from "../release/read-text.ts";
import { formatAnnotations, type KnownFailuresFile } from "../report/annotations.ts";
import { getExitCode } from "../report/exit-status.ts";
import type { References } from "../report/reproduce-line.ts";

const FILE_ERROR = {
  clause: "where the known failures of a release should be",
  remedy: "Restore it, or remove findings from release.json",
};

/** Writes the annotations of a run that fails to standard output, where GitHub Actions reads them. */
export async function annotate(
  run: RunResult,
  references: References,
  env: NodeJS.ProcessEnv = process.env,
): Promise<void> {
  if (env["GITHUB_ACTIONS"] !== "true" || getExitCode(run) === 0) return;
  const known = new Map<string, KnownFailuresFile>();
  for (const { folder } of run.releases) {
    const { knownFailuresFile: file } = await readRelease(folder);
    if (file !== undefined) {
      known.set(folder, { file, text: await readText(file, FILE_ERROR) });
    }
  }
  const lines = formatAnnotations(run, references, known).map((line) => `${line}\n`);
  process.stdout.write(lines.join(""));
}
