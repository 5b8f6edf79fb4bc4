/**
 * `pg-plumbline bench`: every gate against each release, held against the accepted figures.
 */
import { join } from "node:path";
import type { ClientConfig } from "pg";
import { type Difference, differencesBetween, type Snapshot, snapshotOf } from "../bench/baseline.ts";
import { type Circumstances, type Entry, entryFor } from "../bench/baseline-file.ts";
import type { Ground } from "../bench/benchmark-database.ts";
import { Grounds } from "../bench/benchmark-servers.ts";
import { duel } from "../bench/compare-releases.ts";
import { demandRoom } from "../bench/disk-space.ts";
import type { Gate } from "../bench/gate.ts";
import { SERVER_PINS, SESSION_PINS } from "../bench/pinned-planner.ts";
import type { BenchResult, Duel, GateResult, ReleaseBench } from "../bench/result.ts";
import { type Order, runGates, sitesOf } from "../bench/run-gates.ts";
import { numberOf } from "../bench/statement-lookup.ts";
import type { Server } from "../database/server.ts";
import { HarnessError } from "../errors.ts";
import { loaded } from "../files/load-file.ts";
import { requirePlaces } from "../files/write-file.ts";
import type { Release } from "../release/release.ts";
import { asRun } from "../report/bench-run.ts";
import { exitCodeOf } from "../report/exit-status.ts";
import { type ProgressDisplay, progressOn } from "../report/progress.ts";
import { startServer } from "../server/start.ts";
import { printable } from "../text/sanitize.ts";
import { accept, tell } from "./bench-output.ts";
import { BENCHMARKS, type BenchOptions, type Plan, readPlan } from "./bench-plan.ts";
import { installation } from "./installation.ts";
import { serverOptionsOf } from "./server-options.ts";

const OLDEST = 15;
const NOUNS = ["gate", "gates"] as const;

/** @returns the exit code: 0 all as expected, 1 a budget or the baseline not kept, or a ledger stale */
export async function bench(options: BenchOptions): Promise<number> {
  const began = performance.now();
  await requirePlaces(options);
  const plan = await readPlan(options);
  const say = (text: string) => {
    if (options.quiet !== true) process.stderr.write(`${printable(text)}\n`);
  };
  const start = async () =>
    await startServer(options.server, { ...serverOptionsOf(options), settings: SERVER_PINS });
  // Two that are held against each other take turns on one server.
  const apart = plan.against === undefined ? plan.releases.length : 1;
  await using grounds = await Grounds.open(start, options.seed, apart);
  const { server } = grounds;
  demandStatistics(server);
  say("making the rows to measure on");
  const run = await measure(options, plan, grounds, say);
  const result = { ...run, durationMs: performance.now() - began };
  await tell(result, options);
  if (options.update === true) await accept(result, circumstancesOf(options, server), options);

  return exitCodeOf(asRun(result));
}

async function measure(
  options: BenchOptions,
  plan: Plan,
  grounds: Grounds,
  say: (text: string) => void,
): Promise<Omit<BenchResult, "durationMs">> {
  const { server } = grounds;
  const all = plan.against === undefined ? plan.releases : [...plan.releases, plan.against];
  const sites = sitesOf(all, plan.gates);
  if (server.kind === "embedded") {
    await using observer = await grounds.of(0).observer();
    await demandRoom(observer, sites, grounds.size);
  }
  await grounds.prepare(all, sites, ({ release, state, rows }) => {
    if (rows === options.scale) say(`making ${numberOf(rows)} rows: ${release.name}, ${state}`);
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
    ...(held === undefined ? {} : { duel: held }),
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
  plan: Plan,
  grounds: Grounds,
  all: readonly Release[],
): Promise<readonly (readonly GateResult[])[]> {
  using progress = await progressOn(process.stderr, quiet ?? false, NOUNS);

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

function onGate(progress: ProgressDisplay, { name }: Release, total: number): NonNullable<Order["onGate"]> {
  let done = 0;

  return ({ id, title }, result) => {
    if (result !== undefined) done += 1;
    const kind = result === undefined ? "started" : "finished";
    progress.tell({ kind, release: name, id, title, done, total });
  };
}

function told(
  { name, folder }: Release,
  gates: readonly GateResult[],
  load: ReleaseBench["load"],
  accepted: Snapshot | undefined,
): ReleaseBench {
  return {
    name,
    folder,
    gates,
    ...(accepted === undefined ? {} : { differences: differencesBetween(accepted, snapshotOf(gates)) }),
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
  const load = async (name: string) => (await loaded(join(BENCHMARKS, "load", name))) as LoadModule;
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
  { releases: [release], against, gates }: Plan,
  ground: Ground,
  [one, other]: readonly ReleaseBench[],
): Promise<Duel | undefined> {
  if (release === undefined || against === undefined || one === undefined || other === undefined) {
    return undefined;
  }

  return {
    release: one.name,
    against: other.name,
    differences: differencesBetween(snapshotOf(other.gates), snapshotOf(one.gates)).map(asOther),
    bouts: await duel(ground, [release, against], gates),
  };
}

/** Another release may do it another way: a shape is worse or better by its counts alone. */
function asOther(difference: Difference): Difference {
  return difference.shapes === undefined ? difference : { ...difference, kind: "other" };
}
