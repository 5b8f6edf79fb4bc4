/**
 * On GitHub what fails a run is told beside the lines of a change, too.
 */
import type { RunResult } from "../property/verdict.ts";
import { readRelease } from "../release/read-release.ts";
import { readText } from "../release/read-text.ts";
import { formatAnnotations, type KnownFailuresFile } from "../report/annotations.ts";
import { getExitCode } from "../report/exit-status.ts";
import type { References } from "../report/reproduce-line.ts";

const ERRAND = {
  clause: "where the findings of a release should be",
  remedy: "Put it back, or take findings out of release.json",
};

/** Writes the annotations of a run that fails, where GitHub reads them. */
export async function annotate(
  run: RunResult,
  references: References,
  env: NodeJS.ProcessEnv = process.env,
): Promise<void> {
  if (env["GITHUB_ACTIONS"] !== "true" || getExitCode(run) === 0) return;
  const ledgers = new Map<string, KnownFailuresFile>();
  for (const { folder } of run.releases) {
    const { ledger: file } = await readRelease(folder);
    if (file !== undefined) {
      ledgers.set(folder, { file, text: await readText(file, ERRAND) });
    }
  }
  process.stdout.write(
    formatAnnotations(run, references, ledgers)
      .map((line) => `${line}\n`)
      .join(""),
  );
}
