/**
 * `pg-plumbline verify --matrix`: every property on several major versions, all with one seed, so that what differs is the
 * version's doing. As many versions are at work as there are processors: where one waits, another goes on. A version that
 * cannot be had does not keep the others from running.
 */
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { HarnessError } from "../errors.ts";
import { requirePlaces, writeWhole } from "../files/write-file.ts";
import type { PropertyResult, RunResult } from "../property/verdict.ts";
import { formatHtml } from "../report/html.ts";
import { formatJunit } from "../report/junit.ts";
import {
  formatMatrix,
  getMatrixExitCode,
  joinMatrix,
  type MatrixRun,
  toMatrixJson,
  type UntestedVersion,
} from "../report/matrix.ts";
import { getMajor } from "../report/matrix-differences.ts";
import { openDisplay } from "../report/progress.ts";
import { writeScripts } from "../report/write-scripts.ts";
import { inLanes, LANES } from "../suite/concurrency-limit.ts";
import type { SurveyEvent } from "../suite/run-suite.ts";
import { chooseSeed, getReproduceOptions, styleOf, type VerifyOptions, verifyOnce } from "./verify.ts";

/**
 * @returns the exit code: 0 all as expected, 1 where any version shows a contract broken or a ledger stale
 * @throws HarnessError, when all is told, where a version could not be run
 */
export async function matrix(options: VerifyOptions, majors: readonly number[]): Promise<number> {
  if (options.server !== "embedded" && options.server !== "container") {
    throw new HarnessError(
      "a matrix needs servers of several versions, and this one is of one version",
      "Leave --matrix out, or ask for --server embedded or container",
    );
  }
  await requirePlaces(options);
  const seed = options.seed ?? chooseSeed();
  const tries = await tryAll(options, majors, seed);
  const runs = tries.flatMap((one) => ("run" in one ? [one.run] : []));
  const failures = tries.flatMap((one) => ("error" in one ? [one] : []));
  const found = { seed, runs, untried: failures.map(({ untried }) => untried) };
  if (runs.length > 0) await tell(found, options);
  const [failed] = failures;
  if (failed !== undefined) {
    throw new HarnessError(
      `PostgreSQL ${failed.untried.major} could not be run: ${failed.error.message}`,
      failed.error.remedy,
      failed.error,
    );
  }

  return getMatrixExitCode(found);
}

type Try = { readonly run: RunResult } | { readonly untried: UntestedVersion; readonly error: HarnessError };

/** The versions in their order, whichever of them ends first. */
async function tryAll(
  options: VerifyOptions,
  majors: readonly number[],
  seed: number,
): Promise<readonly Try[]> {
  using progress = await openDisplay(process.stderr, options.quiet ?? false);
  const atOnce = Math.min(majors.length, availableParallelism());
  const tries: Try[] = [];
  const jobs = majors.map((major, position) => async () => {
    const beside = {
      lanes: lanesWith(Math.min(atOnce, majors.length - (position - (position % atOnce)))),
      tell: (event: SurveyEvent) =>
        progress.update({ ...event, release: `PostgreSQL ${major}, ${event.release}` }),
      say: progress.log,
    };
    try {
      tries[position] = { run: await verifyOnce({ ...options, postgres: major }, seed, beside) };
    } catch (error) {
      if (!(error instanceof HarnessError)) throw error;
      tries[position] = { untried: { major, problem: error.message }, error };
    }
  });
  await inLanes(jobs, atOnce);

  return tries;
}

/** How many properties of each are decided at the same time where so many versions are at work. */
function lanesWith(versions: number): number {
  return Math.max(2, Math.min(LANES, Math.floor((2 * availableParallelism()) / versions)));
}

async function tell(matrix: MatrixRun, options: VerifyOptions): Promise<void> {
  const cwd = process.cwd();
  const scripts = new Map<PropertyResult, string>();
  for (const run of matrix.runs) {
    // A folder for each: what one version shows, another may not.
    const folder = join("plumbline-out", `postgresql-${getMajor(run)}`);
    for (const [result, script] of await writeScripts(run, { cwd, folder })) scripts.set(result, script);
  }
  const referencesOf = (run: RunResult) => ({
    cwd,
    scripts,
    options: getReproduceOptions({ ...options, postgres: getMajor(run) }),
  });
  if (options.json !== undefined) {
    await writeWhole(options.json, `${JSON.stringify(toMatrixJson(matrix, scripts), undefined, 2)}\n`);
  }
  if (options.junit !== undefined) {
    await writeWhole(
      options.junit,
      formatJunit(joinMatrix(matrix), { cwd, scripts, options: getReproduceOptions(options) }),
    );
  }
  if (options.html !== undefined) {
    const told = matrix.runs.map((run) => ({ run, references: referencesOf(run) }));
    await writeWhole(options.html, formatHtml(told));
  }
  if (options.quiet !== true) {
    process.stdout.write(formatMatrix(matrix, styleOf(options), referencesOf));
  }
}
