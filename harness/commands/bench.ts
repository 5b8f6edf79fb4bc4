/**
 * `plumbline bench`: every gate against each release, held against the accepted figures.
 */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { ClientConfig } from "pg";
import { HarnessError } from "../errors.ts";
import { differencesBetween, type Snapshot, snapshotOf } from "../plan/baseline.ts";
import {
  acceptFigures,
  type Circumstances,
  type Entry,
  entryFor,
  readBaseline,
} from "../plan/baseline-file.ts";
import { readThresholds, type Thresholds } from "../plan/budget.ts";
import { duel } from "../plan/duel.ts";
import type { Gate } from "../plan/gate.ts";
import { Ground } from "../plan/ground.ts";
import { chosenGates, loadGates } from "../plan/load-gates.ts";
import { SERVER_PINS, SESSION_PINS } from "../plan/pins.ts";
import type { BenchResult, Duel, ReleaseBench } from "../plan/result.ts";
import { demandRoom } from "../plan/room.ts";
import { runGates, sitesOf } from "../plan/run-gates.ts";
import { findReleases } from "../release/find-releases.ts";
import { unknownFindings } from "../release/ledger.ts";
import { readRelease } from "../release/read-release.ts";
import type { Release } from "../release/release.ts";
import { benchJson } from "../report/bench-json.ts";
import { asRun } from "../report/bench-run.ts";
import { tellBench, tellGate } from "../report/bench-terminal.ts";
import { junitOf } from "../report/junit.ts";
import { progressOn } from "../report/progress.ts";
import { exitCodeOf } from "../report/standing.ts";
import { styleFor } from "../report/style.ts";
import { writeWhole } from "../report/write-file.ts";
import type { Server } from "../server/server.ts";
import { startServer } from "../server/start.ts";
import { installation } from "./installation.ts";
import { ledgerIds } from "./ledger-ids.ts";

/** The flags, as the command line has them. */
export interface BenchOptions {
  readonly release?: readonly string[];
  readonly against?: string;
  readonly server: string;
  readonly image?: string;
  readonly postgres?: number;
  readonly yes?: boolean;
  readonly seed: number;
  readonly scale?: number;
  readonly only?: readonly string[];
  readonly load?: boolean;
  readonly update?: boolean;
  readonly json?: string;
  readonly junit?: string;
  readonly quiet?: boolean;
}

const BENCHMARKS = join(installation.folder, "benchmarks");
const BASELINE = join(BENCHMARKS, "baseline.json");
const NOUNS = ["gate", "gates"] as const;

/** @returns the exit code: 0 all as expected, 1 a budget or the baseline not kept, or a ledger stale */
export async function bench(options: BenchOptions): Promise<number> {
  const began = performance.now();
  const plan = await readPlan(options);
  const major = options.postgres === undefined ? {} : { major: options.postgres };
  await using server = await startServer(options.server, {
    ...major,
    ...(options.image === undefined ? {} : { image: options.image }),
    yes: options.yes ?? false,
    settings: SERVER_PINS,
  });
  await using ground = new Ground(server, options.seed);
  const run = await measure(options, plan, server, ground);
  const result = { ...run, durationMs: performance.now() - began };
  await tell(result, options);
  if (options.update === true) await accept(result, options);

  return exitCodeOf(asRun(options.update === true ? withoutDifferences(result) : result));
}

/** All that is read before anything runs. */
interface Plan {
  readonly releases: readonly Release[];
  readonly against?: Release;
  readonly gates: readonly Gate[];
  readonly thresholds: Thresholds;
  readonly accepted: readonly Entry[];
}

async function readPlan({ release = [], against, only, scale }: BenchOptions): Promise<Plan> {
  const all = await loadGates(BENCHMARKS);
  const gates = chosenGates(all, only).map((gate) => scaled(gate, scale));
  const thresholds = await readThresholds(
    join(BENCHMARKS, "thresholds.json"),
    all.map(({ id }) => id),
  );
  const folders = release.length > 0 ? release : await findReleases(join(installation.folder, "sql"));
  const releases = await Promise.all(folders.map((folder) => readRelease(folder)));
  if (releases.length === 0) {
    throw new HarnessError(
      "There is no release to measure",
      "Name a folder with a release.json: --release DIR",
    );
  }
  if (against !== undefined && (release.length !== 1 || releases.length !== 1)) {
    throw new HarnessError("--against holds one release against another", "Name it with one --release DIR");
  }
  const other = against === undefined ? undefined : await readRelease(against);
  const ids = await ledgerIds();
  for (const { ledger, findings } of releases) {
    const unknown = ledger === undefined ? undefined : unknownFindings(ledger, findings, ids);
    if (unknown !== undefined) throw unknown;
  }

  return {
    releases,
    ...(other === undefined ? {} : { against: other }),
    gates,
    thresholds,
    accepted: await readBaseline(BASELINE),
  };
}

/** A gate at one size more. */
function scaled(gate: Gate, scale: number | undefined): Gate {
  if (scale === undefined || gate.data.sizes.includes(scale)) return gate;
  const sizes = [...gate.data.sizes, scale].toSorted((one, other) => one - other);

  return { ...gate, data: { ...gate.data, sizes } };
}

async function measure(
  options: BenchOptions,
  plan: Plan,
  server: Server,
  ground: Ground,
): Promise<Omit<BenchResult, "durationMs">> {
  const all = plan.against === undefined ? plan.releases : [...plan.releases, plan.against];
  const sites = sitesOf(all, plan.gates);
  if (server.kind === "embedded") {
    await using observer = await ground.observer();
    await demandRoom(observer, sites);
  }
  await ground.prepare(sites);
  const { said, entry } = comparisonWith(plan, circumstancesOf(options, server));
  const releases: ReleaseBench[] = [];
  for (const release of all) {
    const other = all.find((one) => one !== release);
    releases.push(await measureRelease(options, plan, ground, release, other, entry?.releases[release.name]));
  }
  const held = await duelOf(plan, ground, releases);

  return {
    plumbline: installation.version,
    seed: options.seed,
    ...(options.scale === undefined ? {} : { scale: options.scale }),
    server: { kind: server.kind, version: server.version },
    settings: server.kind === "embedded" ? { ...SESSION_PINS, ...SERVER_PINS } : SESSION_PINS,
    comparison: said,
    releases,
    ...(held === undefined ? {} : { duel: held }),
  };
}

async function measureRelease(
  options: BenchOptions,
  { gates, thresholds }: Plan,
  ground: Ground,
  release: Release,
  other: Release | undefined,
  accepted: Snapshot | undefined,
): Promise<ReleaseBench> {
  using progress = progressOn(process.stderr, options.quiet ?? false, NOUNS);
  const total = gates.length;
  let done = 0;
  const results = await runGates(release, gates, {
    ground,
    thresholds,
    ...(other === undefined ? {} : { other }),
    onGate: ({ id, title }, result) => {
      if (result !== undefined) done += 1;
      progress.tell({
        kind: result === undefined ? "started" : "finished",
        release: release.name,
        id,
        title,
        done,
        total,
      });
    },
  });
  const load = options.load === true ? await underLoad(ground, release, gates) : undefined;

  return {
    name: release.name,
    folder: release.folder,
    gates: results,
    ...(accepted === undefined ? {} : { differences: differencesBetween(accepted, snapshotOf(results)) }),
    ...(load === undefined ? {} : { load }),
  };
}

/** What a load of its own makes of the release: the folder of the benchmarks knows how. */
async function underLoad(
  ground: Ground,
  release: Release,
  gates: readonly Gate[],
): Promise<ReleaseBench["load"]> {
  const volume = gates[0]?.data;
  const rows = volume?.sizes[0];
  if (volume === undefined || rows === undefined) return undefined;
  const load = async (name: string) =>
    (await import(pathToFileURL(join(BENCHMARKS, "load", name)).href)) as LoadModule;
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

function circumstancesOf({ seed, scale = 0 }: BenchOptions, server: Server): Circumstances {
  return { postgres: Number.parseInt(server.version, 10), scale, seed };
}

function comparisonWith(
  { against, accepted }: Plan,
  circumstances: Circumstances,
): { readonly said: string; readonly entry?: Entry } {
  if (against !== undefined)
    return { said: `held against ${against.name}, not against the accepted figures` };
  const entry = entryFor(accepted, circumstances);
  if (entry !== undefined) return { said: "compared with the accepted figures", entry };
  const { postgres, scale, seed } = circumstances;
  const what = `PostgreSQL ${postgres}, ${scale === 0 ? "the usual sizes" : `scale ${scale}`} and seed ${seed}`;

  return { said: `not compared, for there are no accepted figures of ${what}` };
}

async function duelOf(
  { against, gates }: Plan,
  ground: Ground,
  releases: readonly ReleaseBench[],
): Promise<Duel | undefined> {
  const [one, other] = releases;
  if (against === undefined || one === undefined || other === undefined) return undefined;

  return {
    release: one.name,
    against: other.name,
    differences: differencesBetween(snapshotOf(other.gates), snapshotOf(one.gates)),
    ratios: await duel(ground, await readRelease(one.folder), against, gates),
  };
}

async function tell(result: BenchResult, options: BenchOptions): Promise<void> {
  const cwd = process.cwd();
  if (options.json !== undefined) {
    await writeWhole(options.json, `${JSON.stringify(benchJson(result), undefined, 2)}\n`);
  }
  if (options.junit !== undefined) {
    const plainStyle = { colour: false, width: 100 };
    const junit = junitOf(asRun(result), { cwd, scripts: new Map() }, (release, { id, violation }) => {
      const gates = result.releases.find(({ folder }) => folder === release.folder)?.gates ?? [];
      const gate = gates.find((one) => one.id === id);

      return gate === undefined ? [violation?.got ?? ""] : tellGate(gate, plainStyle);
    });
    await writeWhole(options.junit, junit);
  }
  if (options.quiet !== true) {
    process.stdout.write(tellBench(result, styleFor(process.stdout, process.env), cwd));
  }
}

async function accept(result: BenchResult, options: BenchOptions): Promise<void> {
  const releases = Object.fromEntries(result.releases.map(({ name, gates }) => [name, snapshotOf(gates)]));
  const circumstances = {
    postgres: Number.parseInt(result.server.version, 10),
    scale: options.scale ?? 0,
    seed: options.seed,
  };
  await acceptFigures(BASELINE, { ...circumstances, releases });
  const changes = result.releases.flatMap(({ name, differences = [] }) =>
    differences.map(({ gate, subject, told }) => `  ${name}, ${gate}, ${subject}: ${told}\n`),
  );
  if (options.quiet !== true) {
    const said = changes.length === 0 ? "  nothing that was there before\n" : changes.join("");
    process.stdout.write(`\nAccepted in ${BASELINE}; what changed:\n${said}`);
  }
}

function withoutDifferences(result: BenchResult): BenchResult {
  return { ...result, releases: result.releases.map(({ differences: _, ...release }) => release) };
}
