/**
 * `pg-plumbline bench`: every gate against each release, held against the accepted figures.
 */
import { join } from "node:path";
import type { ClientConfig } from "pg";
import {
  compareFigures,
  type FigureDifference,
  type FiguresByGate,
  takeSnapshot,
} from "../bench/baseline.ts";
import { type BaselineEntry, type BaselineEnvironment, findBaselineEntry } from "../bench/baseline-file.ts";
import type { BenchmarkDatabases } from "../bench/benchmark-database.ts";
import { BenchmarkServers } from "../bench/benchmark-servers.ts";
import { compareTimings } from "../bench/compare-releases.ts";
import { checkDiskSpace } from "../bench/disk-space.ts";
import type { Gate } from "../bench/gate.ts";
import { formatNumber } from "../bench/number-format.ts";
import { SERVER_PINS, SESSION_PINS } from "../bench/pinned-planner.ts";
import type { BenchResult, GateResult, ReleaseBench, ReleaseComparison } from "../bench/result.ts";
import { type GateRunOptions, listDatabaseSpecs, runGates } from "../bench/run-gates.ts";
import type { Server } from "../database/server.ts";
import { HarnessError } from "../errors.ts";
import { codePath, installation } from "../files/installation.ts";
import { loadModule } from "../files/load-module.ts";
import { requireWritableReports } from "../files/write-file.ts";
import type { Release } from "../release/release.ts";
import { benchAsRun } from "../report/bench-run.ts";
import { getExitCode } from "../report/exit-status.ts";
import { type LiveDisplay, openDisplay } from "../report/live-display.ts";
import { startServer } from "../server/start.ts";
import { sanitize } from "../text/sanitize.ts";
import { type BenchOptions, type BenchPlan, readBenchPlan } from "./bench-input.ts";
import { acceptBench, writeBenchReport } from "./bench-output.ts";
import { toServerOptions } from "./server-options.ts";

const OLDEST = 15;

/** @returns the exit code: 0 all as expected, 1 a budget or the baseline not kept, or a ledger stale */
export async function bench(options: BenchOptions): Promise<number> {
  const began = performance.now();
  await requireWritableReports(options);
  const plan = await readBenchPlan(options);
  const say = (text: string) => {
    if (options.quiet !== true) process.stderr.write(`${sanitize(text)}\n`);
  };
  const start = async () =>
    await startServer(options.server, { ...toServerOptions(options), settings: SERVER_PINS });
  // Two that are held against each other take turns on one server.
  const apart = plan.against === undefined ? plan.releases.length : 1;
  await using grounds = await BenchmarkServers.open(start, options.seed, apart);
  const { server } = grounds;
  demandStatistics(server);
  say("making the rows to measure on");
  const run = await measure(options, plan, grounds, say);
  const result = { ...run, durationMs: performance.now() - began };
  await writeBenchReport(result, options);
  if (options.update === true) await acceptBench(result, circumstancesOf(options, server), options);

  return getExitCode(benchAsRun(result));
}

async function measure(
  options: BenchOptions,
  plan: BenchPlan,
  grounds: BenchmarkServers,
  say: (text: string) => void,
): Promise<Omit<BenchResult, "durationMs">> {
  const { server } = grounds;
  const all = plan.against === undefined ? plan.releases : [...plan.releases, plan.against];
  const sites = listDatabaseSpecs(all, plan.gates);
  if (server.kind === "embedded") {
    await using observer = await grounds.of(0).observer();
    await checkDiskSpace(observer, sites, grounds.size);
  }
  await grounds.prepare(all, sites, ({ release, state, rows }) => {
    if (rows === options.scale) say(`making ${formatNumber(rows)} rows: ${release.name}, ${state}`);
  });
  const { said, entry } = comparisonWith(plan, circumstancesOf(options, server));
  const measured = await measureAll(options, plan, grounds, all);
  const releases: ReleaseBench[] = [];
  for (const [position, release] of all.entries()) {
    // One after the other: under a load every processor counts.
    const load =
      options.load === true ? await underLoad(grounds.of(position), release, plan.gates) : undefined;
    releases.push(told(release, measured[position] ?? [], load, entry?.releases[release.name]));
  }
  const held = await duelOf(plan, grounds.of(0), releases);

  return {
    plumbline: installation.version,
    seed: options.seed,
    ...(options.scale === undefined ? {} : { scale: options.scale }),
    server: { kind: server.kind, version: server.version },
    settings: server.kind === "embedded" ? { ...SESSION_PINS, ...SERVER_PINS } : SESSION_PINS,
    comparison: said,
    accepting: options.update === true,
    releases,
    ...(held === undefined ? {} : { releaseComparison: held }),
  };
}

/** @throws HarnessError for a server whose statistics come some time or other, and not when they are asked for */
function demandStatistics({ version }: Server): void {
  if (Number.parseInt(version, 10) >= OLDEST) return;

  throw new HarnessError(
    `PostgreSQL ${version} does not tell what a statement cost when it has ended`,
    `Ask for --postgres ${OLDEST} or later`,
  );
}

async function measureAll(
  { quiet }: BenchOptions,
  plan: BenchPlan,
  grounds: BenchmarkServers,
  all: readonly Release[],
): Promise<readonly (readonly GateResult[])[]> {
  using progress = await openDisplay(process.stderr, quiet ?? false);

  return await grounds.each(all, async (release, ground) => {
    const other = all.find((one) => one !== release);

    return await runGates(release, plan.gates, {
      ground,
      thresholds: plan.thresholds,
      ...(other === undefined ? {} : { other }),
      onGate: onGate(progress, release, plan.gates.length),
    });
  });
}

function onGate(
  progress: LiveDisplay,
  { name }: Release,
  total: number,
): NonNullable<GateRunOptions["onGate"]> {
  let done = 0;

  return ({ id, title }, result) => {
    if (result !== undefined) done += 1;
    const kind = result === undefined ? "started" : "finished";
    progress.update({ kind, release: name, id, title, done, total });
  };
}

function told(
  { name, folder }: Release,
  gates: readonly GateResult[],
  load: ReleaseBench["load"],
  accepted: FiguresByGate | undefined,
): ReleaseBench {
  return {
    name,
    folder,
    gates,
    ...(accepted === undefined ? {} : { differences: compareFigures(accepted, takeSnapshot(gates)) }),
    ...(load === undefined ? {} : { load }),
  };
}

/** What a load of its own makes of the release: the folder of the benchmarks knows how. */
async function underLoad(
  ground: BenchmarkDatabases,
  release: Release,
  gates: readonly Gate[],
): Promise<ReleaseBench["load"]> {
  const volume = gates[0]?.data;
  const rows = volume?.sizes[0];
  if (volume === undefined || rows === undefined) return undefined;
  const load = async (name: string) =>
    (await loadModule(codePath(`benchmarks/load/${name}`))) as unknown as LoadModule;
  const { measureLoad } = await load("measure-load.ts");
  const { tellLoad } = await load("words.ts");
  await using database = await ground.fresh({ release, volume, state: "migrated", rows });
  const figures = await measureLoad(ground.connection(database.name));

  return { lines: tellLoad(figures), broken: figures.cells.some(({ faults }) => faults.length > 0), figures };
}

interface LoadFigures {
  readonly cells: readonly { readonly faults: readonly unknown[] }[];
}

interface LoadModule {
  measureLoad(connection: ClientConfig): Promise<LoadFigures>;
  tellLoad(figures: LoadFigures): readonly string[];
}

function circumstancesOf({ seed, scale = 0 }: BenchOptions, server: Server): BaselineEnvironment {
  return { postgres: Number.parseInt(server.version, 10), scale, seed };
}

function comparisonWith(
  { against, accepted }: BenchPlan,
  circumstances: BaselineEnvironment,
): { readonly said: string; readonly entry?: BaselineEntry } {
  if (against !== undefined)
    return { said: `held against ${against.name}, not against the accepted figures` };
  const entry = findBaselineEntry(accepted, circumstances);
  if (entry !== undefined) return { said: "compared with the accepted figures", entry };
  const { postgres, scale, seed } = circumstances;
  const what = `PostgreSQL ${postgres}, ${scale === 0 ? "the usual sizes" : `scale ${scale}`} and seed ${seed}`;

  return { said: `not compared, for there are no accepted figures of ${what}` };
}

async function duelOf(
  { releases: [release], against, gates }: BenchPlan,
  ground: BenchmarkDatabases,
  [one, other]: readonly ReleaseBench[],
): Promise<ReleaseComparison | undefined> {
  if (release === undefined || against === undefined || one === undefined || other === undefined) {
    return undefined;
  }

  return {
    release: one.name,
    against: other.name,
    differences: compareFigures(takeSnapshot(other.gates), takeSnapshot(one.gates)).map(asOther),
    timings: await compareTimings(ground, [release, against], gates),
  };
}

/** Another release may do it another way: a shape is worse or better by its counts alone. */
function asOther(difference: FigureDifference): FigureDifference {
  return difference.shapes === undefined ? difference : { ...difference, kind: "other" };
}
