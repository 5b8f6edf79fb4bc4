/**
 * `plumbline mutate`: small wrong versions of a release that holds, and which property notices each.
 */
import { join, resolve } from "node:path";
import { Databases } from "../database/databases.ts";
import { Pool } from "../database/pool.ts";
import { HarnessError } from "../errors.ts";
import { CrashGround } from "../fault/crash-ground.ts";
import { changedSince } from "../mutation/changed-since.ts";
import { readEquivalents } from "../mutation/equivalents.ts";
import { findMutants } from "../mutation/find-mutants.ts";
import { Kept, keyOf } from "../mutation/kept.ts";
import type { Mutant } from "../mutation/mutant.ts";
import { Profile } from "../mutation/profile.ts";
import { scoreOf } from "../mutation/score.ts";
import { convene, hear } from "../mutation/summon.ts";
import { tryMutants } from "../mutation/try-mutants.ts";
import { loadSuite } from "../property/load.ts";
import { readRelease } from "../release/read-release.ts";
import type { Release } from "../release/release.ts";
import { mutationPageOf, mutationReportOf } from "../report/mutation-json.ts";
import { mutationProgressOn } from "../report/mutation-progress.ts";
import { type MutationRun, tellMutation } from "../report/mutation-terminal.ts";
import { styleFor } from "../report/style.ts";
import { writeWhole } from "../report/write-file.ts";
import type { Server } from "../server/server.ts";
import { crashableStart, startServer } from "../server/start.ts";
import { installation } from "./installation.ts";

/** The flags, as the command line has them. */
export interface MutateOptions {
  readonly release?: string;
  readonly server: string;
  readonly seed: number;
  readonly operators?: readonly string[];
  readonly lists?: readonly string[];
  readonly steps?: readonly string[];
  readonly mutants?: readonly string[];
  readonly changedSince?: string;
  readonly resume?: boolean;
  /** Percent. */
  readonly minScore?: number;
  readonly json?: string;
  readonly html?: string;
  /** Tells where the time went. */
  readonly profile?: boolean;
  readonly quiet?: boolean;
}

/** The lists that change a database. The others only look at it, and much of what they report nobody promised. */
const CHANGING = ["migrate", "rollback.emergency", "rollback.controlled"];

/** What a statement of a mutant may take: most that run into it never end. */
const STATEMENT_LIMIT_MS = 5_000;

/** @returns the exit code: 0, or 1 where the score is lower than what was asked for */
export async function mutate(options: MutateOptions): Promise<number> {
  const release = await readRelease(options.release ?? join(installation.folder, "sql/hardened"));
  const all = await findMutants(release);
  const equivalents = await readEquivalents(release, all);
  const mutants = await chosen(release, all, options);
  const run = await tryAll(release, mutants, equivalents, options);
  const { share } = scoreOf(release.name, run.tried);

  await writeReports(run, options);
  if (options.quiet !== true) {
    process.stdout.write(tellMutation(run, styleFor(process.stdout, process.env)));
  }

  return run.scoreMin !== undefined && share < run.scoreMin ? 1 : 0;
}

async function chosen(
  release: Release,
  all: readonly Mutant[],
  options: MutateOptions,
): Promise<readonly Mutant[]> {
  const { operators, lists, steps, mutants: ids, changedSince: revision } = options;
  const stranger = ids?.find((id) => !all.some((mutant) => mutant.id === id));
  if (stranger !== undefined) {
    throw new HarnessError(`There is no mutant ${stranger} of ${release.name}`, "Take an id from the report");
  }
  const wanted = await findMutants(release, {
    ...(operators === undefined ? {} : { operators }),
    ...(lists === undefined && steps === undefined && ids === undefined ? { lists: CHANGING } : {}),
    ...(lists === undefined ? {} : { lists }),
    ...(steps === undefined ? {} : { steps }),
  });
  const wantedIds = new Set(wanted.map(({ id }) => id));
  const named = all.filter(({ id }) => wantedIds.has(id) && (ids?.includes(id) ?? true));
  const mutants = revision === undefined ? named : await changedSince(release, named, revision);

  if (mutants.length === 0) {
    throw new HarnessError(
      revision === undefined
        ? `${release.name} has no statement that can be mutated so`
        : `No statement of ${release.name} that can be mutated changed since ${revision}`,
      "Ask for other operators or steps, or for all",
    );
  }

  return mutants;
}

async function tryAll(
  release: Release,
  mutants: readonly Mutant[],
  equivalents: ReadonlyMap<string, string>,
  options: MutateOptions,
): Promise<MutationRun> {
  const began = performance.now();
  const { seed, minScore, quiet = false } = options;
  const kept = await openKept(release, options);
  await using server = await startServer(options.server);
  const startCrashable = crashableStart(options.server);
  await using crashGround = startCrashable === undefined ? undefined : new CrashGround(startCrashable);
  await using databases = new Pool(new Databases(limited(server)));
  using progress = mutationProgressOn(process.stderr, quiet);
  const suite = await loadSuite(join(installation.folder, "properties"));
  const profile = new Profile();
  const parts = {
    release,
    suite,
    databases,
    seed,
    profile,
    ...(crashGround === undefined ? {} : { crashGround }),
  };
  const testimony = await kept.testimonyOr(
    async () => await hear(parts, (done, of) => progress.tell("properties that hold", done, of)),
  );
  const court = await convene(parts, testimony);
  const trying = performance.now();
  const tried = await tryMutants({
    mutants,
    court,
    equivalents,
    kept,
    onTried: (_, done) => progress.tell("mutants tried", done, mutants.length),
  });

  return {
    release,
    tried,
    absent: testimony.absent,
    seed,
    durationMs: performance.now() - began,
    tryingMs: performance.now() - trying,
    ...(options.profile === true ? { spent: profile.spent } : {}),
    ...(minScore === undefined ? {} : { scoreMin: minScore / 100 }),
  };
}

async function openKept(release: Release, { seed, server, resume = false }: MutateOptions): Promise<Kept> {
  const file = resolve("plumbline-out", release.name.replaceAll(/[^\w.-]/g, "_"), "mutants.jsonl");
  const folders = ["harness", "properties"].map((name) => join(installation.folder, name));
  const kept = Kept.open(file, await keyOf(release, folders, [String(seed), server]));
  if (resume && kept.count === 0) {
    throw new HarnessError(
      `There is no run to go on with: ${file} knows no mutant of this release, this seed and these properties`,
      "Run without --resume",
    );
  }

  return kept;
}

/** The server, with a shorter limit for each statement. */
function limited(server: Server): Server {
  return {
    kind: server.kind,
    version: server.version,
    ...(server.tenancy === undefined ? {} : { tenancy: server.tenancy }),
    connection: (database) => ({ ...server.connection(database), statement_timeout: STATEMENT_LIMIT_MS }),
    [Symbol.asyncDispose]: async () => await server[Symbol.asyncDispose](),
  };
}

async function writeReports({ release, tried }: MutationRun, { json, html }: MutateOptions): Promise<void> {
  const { properties } = await loadSuite(join(installation.folder, "properties"));
  const report = mutationReportOf(release, tried, properties);
  if (json !== undefined) {
    await writeWhole(json, `${JSON.stringify(report, undefined, 2)}\n`);
  }
  if (html !== undefined) {
    await writeWhole(html, await mutationPageOf(`Mutants of ${release.name}`, report));
  }
}
