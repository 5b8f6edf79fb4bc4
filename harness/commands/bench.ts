/**
 * `plumbline bench`: every gate against each release, held against the accepted figures.
 */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { ClientConfig } from "pg";
import { HarnessError } from "../errors.ts";
import { type Difference, differencesBetween, type Snapshot, snapshotOf } from "../plan/baseline.ts";
import { type Circumstances, type Entry, entryFor } from "../plan/baseline-file.ts";
import { duel } from "../plan/duel.ts";
import type { Gate } from "../plan/gate.ts";
import { Ground } from "../plan/ground.ts";
import { SERVER_PINS, SESSION_PINS } from "../plan/pins.ts";
import type { BenchResult, Duel, ReleaseBench } from "../plan/result.ts";
import { demandRoom } from "../plan/room.ts";
import { runGates, sitesOf } from "../plan/run-gates.ts";
import { numberOf } from "../plan/words.ts";
import type { Release } from "../release/release.ts";
import { asRun } from "../report/bench-run.ts";
import { printable } from "../report/printable.ts";
import { progressOn } from "../report/progress.ts";
import { exitCodeOf } from "../report/standing.ts";
import { requirePlaces } from "../report/write-file.ts";
import type { Server } from "../server/server.ts";
import { startServer } from "../server/start.ts";
import { BENCHMARKS, type BenchOptions, type Plan, readPlan } from "./bench-plan.ts";
import { accept, tell } from "./bench-telling.ts";
import { installation } from "./installation.ts";

const OLDEST = 15;
const NOUNS = ["gate", "gates"] as const;

/** @returns the exit code: 0 all as expected, 1 a budget or the baseline not kept, or a ledger stale */
export async function bench(options: BenchOptions): Promise<number> {
  const began = performance.now();
  await requirePlaces(options);
  const plan = await readPlan(options);
  const major = options.postgres === undefined ? {} : { major: options.postgres };
  const say = (text: string) => {
    if (options.quiet !== true) process.stderr.write(`${printable(text)}\n`);
  };
  await using server = await startServer(options.server, {
    ...major,
    ...(options.image === undefined ? {} : { image: options.image }),
    yes: options.yes ?? false,
    settings: SERVER_PINS,
    onProgress: say,
  });
  await using ground = new Ground(server, options.seed);
  say("making the rows to measure on");
  const run = await measure(options, plan, server, ground, say);
  const result = { ...run, durationMs: performance.now() - began };
  await tell(result, options);
  if (options.update === true) await accept(result, circumstancesOf(options, server), options);

  return exitCodeOf(asRun(result));
}

async function measure(
  options: BenchOptions,
  plan: Plan,
  server: Server,
  ground: Ground,
  say: (text: string) => void,
): Promise<Omit<BenchResult, "durationMs">> {
  demandStatistics(server);
  const all = plan.against === undefined ? plan.releases : [...plan.releases, plan.against];
  const sites = sitesOf(all, plan.gates);
  if (server.kind === "embedded") {
    await using observer = await ground.observer();
    await demandRoom(observer, sites);
  }
  await ground.prepare(sites, ({ release, state, rows }) => {
    if (rows === options.scale) say(`making ${numberOf(rows)} rows: ${release.name}, ${state}`);
  });
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

async function measureRelease(
  options: BenchOptions,
  { gates, thresholds }: Plan,
  ground: Ground,
  release: Release,
  other: Release | undefined,
  accepted: Snapshot | undefined,
): Promise<ReleaseBench> {
  using progress = await progressOn(process.stderr, options.quiet ?? false, NOUNS);
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
