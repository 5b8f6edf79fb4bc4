/**
 * `pg-plumbline verify --matrix`: every property on several major versions with one seed, so that only the version can
 * make a difference. As many versions run at the same time as there are processors, since each waits for its server now
 * and then. A version that cannot be run does not stop the others.
 */
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { HarnessError } from "../errors.ts";
import { requireWritableReports, writeAtomically } from "../files/write-file.ts";
import type { KindResult, PropertyResult, RunResult } from "../property/verdict.ts";
import { getMajor } from "../report/compare-versions.ts";
import { formatHtml } from "../report/html.ts";
import { openDisplay } from "../report/live-display.ts";
import {
  formatMatrix,
  getMatrixExitCode,
  type MatrixRun,
  toMatrixJson,
  type UntestedVersion,
} from "../report/matrix.ts";
import { formatMatrixJunit } from "../report/matrix-junit.ts";
import type { References, Scripts } from "../report/reproduce-line.ts";
import { detectStyle } from "../report/style.ts";
import { writeScripts } from "../report/write-scripts.ts";
import { CONCURRENCY, runConcurrently } from "../suite/concurrency-limit.ts";
import type { SuiteProgress } from "../suite/run-suite.ts";
import { chooseSeed, getReproduceOptions, type VerifyOptions, verifyOnce } from "./verify.ts";

/**
 * @returns the exit code: 0 all as expected, 1 where a run on any version has it
 * @throws HarnessError where a version could not be run, after the report on the others
 */
export async function matrix(options: VerifyOptions, majors: readonly number[]): Promise<number> {
  if (options.server !== "embedded" && options.server !== "container") {
    throw new HarnessError(
      "a matrix needs servers of several versions, and this server has one version",
      "Leave --matrix out, or use --server embedded or container",
    );
  }
  await requireWritableReports(options);
  const seed = options.seed ?? chooseSeed();
  const attempts = await runAll(options, majors, seed);
  const runs = attempts.flatMap((one) => ("run" in one ? [one.run] : []));
  const failures = attempts.flatMap((one) => ("error" in one ? [one] : []));
  const result = { seed, runs, untried: failures.map(({ untried }) => untried) };
  if (runs.length > 0) await reportMatrix(result, options);
  const [failed] = failures;
  if (failed !== undefined) {
    throw new HarnessError(
      `PostgreSQL ${failed.untried.major} could not be run: ${failed.error.message}`,
      failed.error.remedy,
      failed.error,
    );
  }

  return getMatrixExitCode(result);
}

type Attempt = { readonly run: RunResult } | { readonly untried: UntestedVersion; readonly error: HarnessError };

/** In the order of the versions. */
async function runAll(options: VerifyOptions, majors: readonly number[], seed: number): Promise<readonly Attempt[]> {
  using display = await openDisplay(process.stderr, options.quiet ?? false);
  const concurrency = Math.min(majors.length, availableParallelism());
  const attempts: Attempt[] = [];
  const jobs = majors.map((major, position) => async () => {
    const shared = {
      concurrency: limitConcurrency(Math.min(concurrency, majors.length - (position - (position % concurrency)))),
      display: {
        update: (event: SuiteProgress) =>
          display.update({ ...event, release: `PostgreSQL ${major}, ${event.release}` }),
        log: display.log,
      },
    };
    try {
      attempts[position] = { run: await verifyOnce({ ...options, postgres: major, isMatrix: true }, seed, shared) };
    } catch (error) {
      if (!(error instanceof HarnessError)) throw error;
      attempts[position] = { untried: { major, problem: error.message }, error };
    }
  });
  await runConcurrently(jobs, concurrency);

  return attempts;
}

/** How many properties each run checks at the same time, where so many versions run at the same time. */
function limitConcurrency(versions: number): number {
  return Math.max(2, Math.min(CONCURRENCY, Math.floor((2 * availableParallelism()) / versions)));
}

/**
 * Writes the scripts and the report files, and prints the report.
 * @throws HarnessError where a file cannot be written, once the report is printed
 */
export async function reportMatrix(result: MatrixRun, options: VerifyOptions): Promise<void> {
  const cwd = process.cwd();
  const [written] = await Promise.allSettled([writeAllScripts(result, cwd)]);
  const scripts = written.status === "fulfilled" ? written.value : new Map();
  const getReferences = (run: RunResult) => ({
    cwd,
    scripts,
    options: getReproduceOptions({ ...options, postgres: getMajor(run) }),
  });
  const [reported] = await Promise.allSettled([writeMatrixReports(result, options, getReferences)]);
  if (options.quiet !== true) {
    process.stdout.write(formatMatrix(result, detectStyle(process.stdout), getReferences));
  }
  for (const one of [written, reported]) if (one.status === "rejected") throw one.reason;
}

/** Into a folder for each version: a violation may exist on one of them alone. */
async function writeAllScripts({ runs }: MatrixRun, cwd: string): Promise<Scripts> {
  const scripts = new Map<PropertyResult | KindResult, string>();
  for (const run of runs) {
    const folder = join("plumbline-out", `postgresql-${getMajor(run)}`);
    for (const [property, script] of await writeScripts(run, { cwd, folder })) scripts.set(property, script);
  }

  return scripts;
}

async function writeMatrixReports(
  result: MatrixRun,
  options: VerifyOptions,
  getReferences: (run: RunResult) => References,
): Promise<void> {
  const [first] = result.runs;
  if (first === undefined) return;
  const { cwd, scripts } = getReferences(first);
  if (options.json !== undefined) {
    await writeAtomically(options.json, `${JSON.stringify(toMatrixJson(result, scripts), undefined, 2)}\n`);
  }
  if (options.junit !== undefined) {
    const references = { cwd, scripts, options: getReproduceOptions(options) };
    await writeAtomically(options.junit, formatMatrixJunit(result, references));
  }
  if (options.html !== undefined) {
    const runs = result.runs.map((run) => ({ run, references: getReferences(run) }));
    await writeAtomically(options.html, formatHtml(runs));
  }
}
