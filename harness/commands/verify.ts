/**
 * `pg-plumbline verify`: every property against each release.
 */
import { databaseProvider } from "../database/pool.ts";
import { CrashServer } from "../fault/crash-server.ts";
import { installation } from "../files/installation.ts";
import { requireWritableReports } from "../files/write-file.ts";
import type { FolderNotes, RunResult } from "../property/verdict.ts";
import { requireOneDatabase } from "../release/server-wide.ts";
import { getExitCode } from "../report/exit-status.ts";
import { type LiveDisplay, openDisplay } from "../report/live-display.ts";
import { detectStyle } from "../report/style.ts";
import { formatRun } from "../report/terminal.ts";
import { writeScripts } from "../report/write-scripts.ts";
import { isPostgresUrl } from "../server/external/address.ts";
import type { KeptState } from "../server/process/settings.ts";
import { findCrashableStart, startAnyServer } from "../server/start.ts";
import { foldVariants } from "../suite/fold-variants.ts";
import { runSuites, type SuiteRunOptions, type SuiteTarget } from "../suite/run-suite.ts";
import { formatShard } from "../suite/shard.ts";
import { redact } from "../text/redact.ts";
import { sanitize } from "../text/sanitize.ts";
import { annotate } from "./annotate.ts";
import { findHistoryState } from "./history-state.ts";
import { toServerOptions } from "./server-options.ts";
import { selectTargets, type TargetOptions } from "./verify-targets.ts";
import { type ReportFiles, writeReports } from "./write-reports.ts";

/** The flags, as the command line has them. */
export interface VerifyOptions extends ReportFiles, TargetOptions {
  readonly server: string;
  readonly postgres?: number;
  readonly image?: string;
  /** Several major versions instead of one. */
  readonly matrix?: readonly number[];
  readonly yes?: boolean;
  readonly seed?: number;
  readonly runs?: number;
  /** The most cases of a property, where `runs` is not given. */
  readonly runsMax?: number;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  /** Shows the answers to the open questions. */
  readonly questions?: boolean;
  /** Lists the kinds of failures. */
  readonly kinds?: boolean;
  /** Ends each property with its first kind of failure. */
  readonly first?: boolean;
}

/** In memory a run is to be quick: its cases are the first ones of a longer run. */
const MEMORY_RUNS_MAX = 20;

/** @returns the exit code: 0 all as expected, 1 a new violation or an outdated known failure, 2 nothing decided */
export async function verify(options: VerifyOptions): Promise<number> {
  const limited = options.server === "memory" ? { ...options, runsMax: MEMORY_RUNS_MAX } : options;

  return await reportRun(await verifyOnce(limited, options.seed ?? chooseSeed()), options);
}

export function chooseSeed(): number {
  return Math.floor(Math.random() * 2 ** 31);
}

/** What concurrent runs share. */
export interface SharedRun {
  /** How many properties of this run are checked at the same time. */
  readonly concurrency: number;
  readonly display: Pick<LiveDisplay, "update" | "log">;
}

/** Runs the suite on one server; only its progress is shown. */
export async function verifyOnce(options: VerifyOptions, seed: number, shared?: SharedRun): Promise<RunResult> {
  const began = performance.now();
  await requireWritableReports(options);
  using own = shared === undefined ? await openDisplay(process.stderr, options.quiet ?? false) : undefined;
  const display = shared?.display ?? own;
  const log = (line: string): void => display?.log(sanitize(line));
  const serverOptions = toServerOptions(options, display?.log);
  const targetsRead = selectTargets({ rows: "all", ...options }, log);
  // The server starts while the files are read, unless they decide what it starts from.
  const state = (options.folders ?? []).length > 0 ? await targetsRead.then(findTriedState) : undefined;
  const starting = startAnyServer(options.server, { ...serverOptions, ...(state !== undefined && { state }) });
  const [reading, started] = await Promise.allSettled([targetsRead, starting]);
  await using server = getValue(started, reading);
  const targets = getValue(reading);
  if (server.tenancy !== undefined) for (const { release } of targets) requireOneDatabase(release);
  const startCrashable = findCrashableStart(options.server, serverOptions);
  await using crashServer = startCrashable && new CrashServer(startCrashable);
  // In memory nothing waits: one property after the other needs fewer databases.
  const concurrency = server.databases === undefined ? shared?.concurrency : 1;
  const { runs, runsMax, first, shard, only, rows } = options;
  const suiteOptions: SuiteRunOptions = {
    seed,
    ...(runs === undefined ? {} : { runs }),
    ...(runsMax === undefined ? {} : { runsMax }),
    ...(first === undefined ? {} : { firstKindOnly: first }),
    ...(crashServer === undefined ? {} : { crashServer }),
    ...(rows === undefined ? {} : { rows }),
    ...(concurrency === undefined ? {} : { concurrency }),
    onProgress: (event) => display?.update(event),
  };
  await using databases = databaseProvider(server);
  const results = await runSuites(targets, databases, suiteOptions);
  const folders = collectFolderNotes(targets);

  return {
    plumbline: installation.version,
    seed,
    server: { kind: server.kind, version: server.version },
    releases: foldVariants(
      results,
      targets.map(({ release }) => release),
    ),
    ...(shard === undefined ? {} : { shard: formatShard(shard) }),
    ...(only === undefined ? {} : { only }),
    ...(runs === undefined ? {} : { runs }),
    ...(folders.length === 0 ? {} : { folders }),
    durationMs: Math.round(performance.now() - began),
  };
}

/** One for each folder of which there is something to know. */
function collectFolderNotes(targets: readonly SuiteTarget[]): readonly FolderNotes[] {
  const folders = new Map<string, FolderNotes>();
  for (const { folder, layout, notes = [] } of targets.flatMap(({ release }) => release.origin ?? [])) {
    const all = [...new Set([...(folders.get(folder)?.notes ?? []), ...notes])];
    if (all.length > 0) folders.set(folder, { folder, layout, notes: all });
  }

  return [...folders.values()];
}

/** The state before the first migration of which something is checked. */
function findTriedState(targets: readonly SuiteTarget[]): KeptState | undefined {
  return findHistoryState(targets.flatMap(({ release, suite }) => (suite.properties.length > 0 ? [release] : [])));
}

/** The options that select migrations: the command that reproduces a whole run repeats them. */
function getSelectionOptions({ last, since, all, migration }: VerifyOptions): readonly string[] {
  return [
    ...(last === undefined ? [] : ["--last", String(last)]),
    ...(since === undefined ? [] : ["--since", since]),
    ...(all === true ? ["--all"] : []),
    ...(migration === undefined ? [] : ["--migration", migration]),
  ];
}

/** The options that a command which reproduces the run must repeat; passwords are redacted. */
export function getReproduceOptions(options: VerifyOptions): readonly string[] {
  const { server, postgres, image, runs, first, yes, layout, rows } = options;

  return [
    ...(layout === undefined ? [] : ["--layout", layout]),
    ...(rows === undefined ? [] : ["--rows", rows]),
    ...(server === "embedded" ? [] : ["--server", isPostgresUrl(server) ? redact(server) : server]),
    ...(postgres === undefined ? [] : ["--postgres", String(postgres)]),
    ...(image === undefined ? [] : ["--image", image]),
    ...(runs === undefined ? [] : ["--runs", String(runs)]),
    ...(first === true ? ["--first"] : []),
    ...(yes === true ? ["--yes"] : []),
  ];
}

/**
 * Writes the scripts, the report files and the report.
 * @returns the exit code
 * @throws HarnessError where a file cannot be written, once the report is printed
 */
export async function reportRun(run: RunResult, options: VerifyOptions): Promise<number> {
  const cwd = process.cwd();
  const [scripts] = await Promise.allSettled([writeScripts(run, { cwd })]);
  const references = {
    cwd,
    scripts: scripts.status === "fulfilled" ? scripts.value : new Map(),
    options: getReproduceOptions(options),
    isDefaultReleases: [...(options.folders ?? []), ...(options.release ?? [])].length === 0,
    selection: getSelectionOptions(options),
  };
  const [reports] = await Promise.allSettled([writeReports(run, references, options)]);
  if (options.quiet !== true) {
    const { verbose = false, questions = false, kinds = false } = options;
    const style = { ...detectStyle(process.stdout), verbose, questions, kinds };
    // Where no migration has changed, that was said when the folder was read.
    if (run.releases.length > 0) process.stdout.write(formatRun(run, style, references));
    await annotate(run, references);
  }
  getValue(scripts);
  getValue(reports);

  return getExitCode(run);
}

/** The value of the first; else the error of the other, which is the cause where both failed. */
function getValue<Value>(one: PromiseSettledResult<Value>, other?: PromiseSettledResult<unknown>): Value {
  if (one.status === "rejected") {
    throw other?.status === "rejected" ? other.reason : one.reason;
  }

  return one.value;
}
