/**
 * Runs `pg-plumbline bench`: every gate on each release, compared with the accepted figures. Writes the report, the
 * requested files, and the figures that are accepted.
 */

import type { ClientConfig } from "pg";
import { compareFigures, takeSnapshot } from "../bench/baseline.ts";
import {
  acceptFigures,
  type BaselineEntry,
  type BaselineEnvironment,
  findBaselineEntry,
} from "../bench/baseline-file.ts";
import type { BenchmarkDatabases } from "../bench/benchmark-database.ts";
import { BenchmarkServers, checkDiskSpace } from "../bench/benchmark-servers.ts";
import { compareTimings } from "../bench/compare-times.ts";
import type { Gate } from "../bench/gate.ts";
import { SERVER_PINS, SESSION_PINS } from "../bench/measuring-session.ts";
import { formatNumber } from "../bench/number-format.ts";
import type { BenchResult, GateResult, LoadReport, ReleaseBench, ReleaseComparison } from "../bench/result.ts";
import { type GateRunOptions, listDatabaseSpecs, runGates } from "../bench/run-gates.ts";
import type { Database } from "../database/database-provider.ts";
import type { Server } from "../database/server.ts";
import { HarnessError } from "../errors.ts";
import { codePath, installation } from "../files/installation.ts";
import { loadModule } from "../files/load-module.ts";
import { requireWritableReports, writeAtomically } from "../files/write-file.ts";
import type { Release } from "../release/release.ts";
import { requireOneDatabase } from "../release/server-wide.ts";
import { formatGate } from "../report/bench-gate.ts";
import { formatBenchHtml } from "../report/bench-html.ts";
import { formatBenchJson } from "../report/bench-json.ts";
import { benchAsRun } from "../report/bench-run.ts";
import { type BenchReferences, formatBench } from "../report/bench-terminal.ts";
import { getExitCode } from "../report/exit-status.ts";
import { formatJunit } from "../report/junit.ts";
import { type LiveDisplay, openDisplay } from "../report/live-display.ts";
import { detectStyle } from "../report/style.ts";
import { startServer } from "../server/start.ts";
import { BASELINE_FILE, type BenchInput, type BenchOptions, readBenchInput } from "./bench-input.ts";
import { toServerOptions } from "./server-options.ts";
import { getReproduceOptions } from "./verify.ts";

const MAJOR_MIN = 15;

/** @returns the exit code: 0 all as expected, 1 an unexpected violation or an outdated known failure, 2 all unknown */
export async function bench(options: BenchOptions): Promise<number> {
  const began = performance.now();
  await requireWritableReports(options);
  const input = await readBenchInput(options);
  const run = await measure(options, input);
  const result = { ...run, durationMs: performance.now() - began };
  await writeBenchReport(result, options);
  if (options.update === true) await acceptBench(result, getEnvironment(options, result.server), options);

  return getExitCode(benchAsRun(result));
}

async function measure(options: BenchOptions, input: BenchInput): Promise<Omit<BenchResult, "durationMs">> {
  using display = await openDisplay(process.stderr, options.quiet ?? false);
  const { seed, scale } = options;
  const start = async () =>
    await startServer(options.server, { ...toServerOptions(options, display.log), settings: SERVER_PINS });
  // Two releases that are compared take turns on one server.
  const wanted = input.against === undefined ? input.releases.length : 1;
  await using servers = await BenchmarkServers.open(start, seed, wanted);
  const { server } = servers;
  requireStatistics(server);
  const all = input.against === undefined ? input.releases : [...input.releases, input.against];
  if (server.tenancy !== undefined) for (const release of all) requireOneDatabase(release);
  display.log("making the rows to measure on");
  await prepareDatabases(options, input.gates, servers, all, display);
  const accepted = findAccepted(input, getEnvironment(options, server));
  const measured = await measureGates(input, servers, all, display);
  const releases: ReleaseBench[] = [];
  for (const [index, { name, folder }] of all.entries()) {
    const gates = measured[index] ?? [];
    const figures = accepted.entry?.releases[name];
    releases.push({
      ...{ name, folder, gates },
      differences: figures && compareFigures(figures, takeSnapshot(gates)),
      load: options.load === true ? await runLoad(servers.at(index), all[index], input.gates) : undefined,
    });
  }

  return {
    plumbline: installation.version,
    ...{ seed, scale, releases },
    server: { kind: server.kind, version: server.version },
    settings: server.kind === "embedded" ? { ...SESSION_PINS, ...SERVER_PINS } : SESSION_PINS,
    comparison: accepted.comparison,
    accepting: options.update === true,
    releaseComparison: await compareReleases(input, servers.at(0), releases),
  };
}

async function prepareDatabases(
  { scale }: BenchOptions,
  gates: readonly Gate[],
  servers: BenchmarkServers,
  releases: readonly Release[],
  display: LiveDisplay,
): Promise<void> {
  const specs = listDatabaseSpecs(releases, gates);
  if (servers.server.kind === "embedded") {
    await using observer = await servers.at(0).observer();
    await checkDiskSpace(observer, specs, servers.size);
  }
  await servers.prepare(releases, specs, ({ release, state, rows }) => {
    if (rows === scale) display.log(`making ${formatNumber(rows)} rows: ${release.name}, ${state}`);
  });
}

/** @throws HarnessError for a server whose statistics are flushed late: pg_stat_force_next_flush() is new in 15 */
function requireStatistics({ version }: Server): void {
  if (Number.parseInt(version, 10) >= MAJOR_MIN) return;

  throw new HarnessError(
    `PostgreSQL ${version} does not report what a statement has cost as soon as it ends`,
    `Use --postgres ${MAJOR_MIN} or later`,
  );
}

async function measureGates(
  { gates, thresholds }: BenchInput,
  servers: BenchmarkServers,
  releases: readonly Release[],
  display: LiveDisplay,
): Promise<readonly (readonly GateResult[])[]> {
  return await servers.each(releases, async (release, databases) => {
    let done = 0;
    const onGate: GateRunOptions["onGate"] = ({ id, title }, result) => {
      if (result !== undefined) done += 1;
      const kind = result === undefined ? "started" : "finished";
      display.update({ kind, release: release.name, id, title, done, total: gates.length });
    };
    const other = releases.find((one) => one !== release);

    return await runGates(release, gates, { databases, thresholds, other, onGate });
  });
}

/** Runs the load of the benchmarks folder, for one release at a time: it needs every processor. */
async function runLoad(
  databases: BenchmarkDatabases,
  release: Release | undefined,
  gates: readonly Gate[],
): Promise<LoadReport | undefined> {
  const volume = gates[0]?.data;
  const rows = volume?.sizes[0];
  if (release === undefined || volume === undefined || rows === undefined) return undefined;
  const { reportLoad } = (await loadModule(codePath("benchmarks/load/measure-load.ts"))) as unknown as LoadModule;
  await using baseline = await databases.baseline(release);
  await using database = await databases.fresh({ release, volume, state: "migrated", rows });

  return await reportLoad(databases.connection(database.name), baseline, release);
}

interface LoadModule {
  reportLoad(connection: ClientConfig, baseline: Database, release: Release): Promise<LoadReport>;
}

function getEnvironment({ seed, scale = 0 }: BenchOptions, { version }: Pick<Server, "version">): BaselineEnvironment {
  return { postgres: Number.parseInt(version, 10), scale, seed };
}

/** @returns the accepted figures of this environment, and a clause about the comparison */
function findAccepted(
  { against, accepted, releases }: BenchInput,
  environment: BaselineEnvironment,
): { readonly comparison: string; readonly entry?: BaselineEntry } {
  if (against !== undefined) return { comparison: `compared with ${against.name}, not with the accepted figures` };
  const entry = findBaselineEntry(accepted, environment);
  if (entry !== undefined && releases.some(({ name }) => entry.releases[name] !== undefined)) {
    return { comparison: "compared with the accepted figures", entry };
  }
  const { postgres, scale, seed } = environment;
  const sizes = scale === 0 ? "the default sizes" : `scale ${scale}`;
  const names = entry === undefined ? "" : ` for ${releases.map(({ name }) => name).join(", ")}`;

  return {
    comparison: `not compared: there are no accepted figures of PostgreSQL ${postgres}, ${sizes} and seed ${seed}${names}`,
  };
}

async function compareReleases(
  { releases: [release], against, gates }: BenchInput,
  databases: BenchmarkDatabases,
  [one, other]: readonly ReleaseBench[],
): Promise<ReleaseComparison | undefined> {
  if (release === undefined || against === undefined || one === undefined || other === undefined) return undefined;
  const differences = compareFigures(takeSnapshot(other.gates), takeSnapshot(one.gates));

  return {
    release: one.name,
    against: other.name,
    // Another release may use another plan: its counts decide whether it is worse.
    differences: differences.map((one) => (one.shapes === undefined ? one : { ...one, kind: "other" })),
    timings: await compareTimings(databases, [release, against], gates),
  };
}

async function writeBenchReport(result: BenchResult, options: BenchOptions): Promise<void> {
  const cwd = process.cwd();
  const references = getReferences(options, cwd);
  const style = { ...detectStyle(process.stdout), verbose: options.verbose ?? false };
  if (options.json !== undefined) {
    await writeAtomically(options.json, `${JSON.stringify(formatBenchJson(result), undefined, 2)}\n`);
  }
  if (options.junit !== undefined) {
    const plainStyle = { colour: false, width: 100 };
    const junit = formatJunit(benchAsRun(result), { cwd, scripts: new Map() }, (release, { id, violation }) => {
      const gates = result.releases.find(({ folder }) => folder === release.folder)?.gates ?? [];
      const gate = gates.find((one) => one.id === id);

      return gate === undefined ? [violation?.got ?? ""] : formatGate(gate, plainStyle);
    });
    await writeAtomically(options.junit, junit);
  }
  if (options.html !== undefined) await writeAtomically(options.html, formatBenchHtml(result, references));
  if (options.quiet !== true) process.stdout.write(formatBench(result, style, references));
}

async function acceptBench(
  result: BenchResult,
  environment: BaselineEnvironment,
  { quiet = false }: BenchOptions,
): Promise<void> {
  const releases = Object.fromEntries(result.releases.map(({ name, gates }) => [name, takeSnapshot(gates)]));
  await acceptFigures(BASELINE_FILE, { ...environment, releases });
  const changes = result.releases.flatMap(({ name, differences = [] }) =>
    differences.map(({ gate, subject, message }) => `  ${name}, ${gate}, ${subject}: ${message}\n`),
  );
  if (!quiet) {
    const list = changes.length === 0 ? "  nothing that existed before\n" : changes.join("");
    process.stdout.write(`\nAccepted in ${BASELINE_FILE}. Changes:\n${list}`);
  }
}

/** The options that repeat the run, without the reports and without a password. */
function getReferences(options: BenchOptions, cwd: string): BenchReferences {
  const { release = [], only, against, scale, seed, load } = options;

  return {
    cwd,
    selection: [
      ...release.flatMap((folder) => ["--release", folder]),
      ...(only === undefined ? [] : ["--only", only.join(",")]),
    ],
    options: [
      ...(against === undefined ? [] : ["--against", against]),
      ...getReproduceOptions(options),
      ...(scale === undefined ? [] : ["--scale", String(scale)]),
      ...(load === true ? ["--load"] : []),
      ...["--seed", String(seed)],
    ],
  };
}
