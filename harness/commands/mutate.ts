/**
 * `pg-plumbline mutate`: small wrong versions of a release that holds, and which property notices each.
 */
import { join, resolve } from "node:path";
import { Databases } from "../database/databases.ts";
import { Pool } from "../database/pool.ts";
import type { Server } from "../database/server.ts";
import { HarnessError } from "../errors.ts";
import { CrashServer } from "../fault/crash-server.ts";
import { codePath, installation } from "../files/installation.ts";
import { requirePlaces, writeWhole } from "../files/write-file.ts";
import { convene, hear } from "../mutation/dry-run.ts";
import { readEquivalents } from "../mutation/equivalent-mutants.ts";
import { findMutants } from "../mutation/find-mutants.ts";
import { acceptNoticed, readNoticed } from "../mutation/killers.ts";
import type { Mutant } from "../mutation/mutant.ts";
import { Profile } from "../mutation/profile.ts";
import { Kept, keyOf } from "../mutation/result-journal.ts";
import { computeScore, reachesScore } from "../mutation/score.ts";
import { type Trial, tryMutants } from "../mutation/test-mutants.ts";
import { readRelease } from "../release/read-release.ts";
import type { Release } from "../release/release.ts";
import { buildMutationReport, formatMutationPage } from "../report/mutation-json.ts";
import { formatMutationJunit } from "../report/mutation-junit.ts";
import { mutationProgressOn } from "../report/mutation-progress.ts";
import { formatMutationRun, type MutationRun } from "../report/mutation-terminal.ts";
import { detectStyle } from "../report/style.ts";
import { onExit } from "../server/process/on-exit.ts";
import { findCrashableStart, startServer } from "../server/start.ts";
import { loadSuite } from "../suite/load-suite.ts";
import { pluralize } from "../text/pluralize.ts";
import { printable } from "../text/sanitize.ts";
import { type MutateOptions, selectMutants, validateMutateOptions } from "./mutate-selection.ts";
import { chosenProperties } from "./select-properties.ts";
import { serverOptionsOf } from "./server-options.ts";

/** What a statement of a mutant may take: most that run into it never end. */
const STATEMENT_LIMIT_MS = 3_000;

/** A run, but for what mutants.json lists. */
type Unlisted = Omit<MutationRun, "stale">;

/** @returns the exit code: 0, or 1 where the score is lower than what was asked for, or mutants.json is stale */
export async function mutate(options: MutateOptions): Promise<number> {
  validateMutateOptions(options);
  await requirePlaces(options);
  const release = await readRelease(options.release ?? join(installation.folder, "sql/hardened"));
  const all = await findMutants(release);
  const { reasons: equivalents, stale } = await readEquivalents(release, all);
  const mutants = await selectMutants(release, all, options);
  const noticed = await readNoticed(release);
  // Where nothing changed there is nothing to ask, and no server to start.
  const run = {
    ...(mutants.length === 0
      ? nothingTried(release, options)
      : await tryAll(release, { mutants, equivalents, noticed }, options)),
    stale,
  };

  await writeReports(run, options);
  if (options.update === true) await accept(release, all, run, options);
  if (options.quiet !== true) {
    process.stdout.write(formatMutationRun(run, detectStyle(process.stdout, process.env)));
  }

  return run.stale.length === 0 && reachesScore(computeScore(release.name, run.tried), run.scoreMin) ? 0 : 1;
}

async function accept(
  release: Release,
  all: readonly Mutant[],
  { tried }: MutationRun,
  { quiet = false }: MutateOptions,
): Promise<void> {
  const file = await acceptNoticed(release, all, tried);
  if (!quiet)
    process.stderr.write(`pg-plumbline: who is to be asked first is written to ${printable(file)}\n`);
}

function nothingTried(release: Release, { seed }: MutateOptions): Unlisted {
  return { release, tried: [], asked: [], absent: [], seed, durationMs: 0, tryingMs: 0 };
}

async function tryAll(
  release: Release,
  trial: Pick<Trial, "mutants" | "equivalents" | "noticed">,
  options: MutateOptions,
): Promise<Unlisted> {
  const began = performance.now();
  const { seed, minScore, quiet = false } = options;
  const whole = await loadSuite(codePath("properties/credits"));
  const suite = chosenProperties(whole, options.only);
  const kept = await openKept(release, options);
  using _ = tellingWhatIsKept(kept, quiet);
  using progress = mutationProgressOn(process.stderr, quiet);
  const wanted = serverOptionsOf(options, progress.say);
  await using server = await startServer(options.server, wanted);
  const startCrashable = findCrashableStart(options.server, wanted);
  await using crashGround = startCrashable === undefined ? undefined : new CrashServer(startCrashable);
  await using databases = new Pool(new Databases(limited(server)));
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
    ...trial,
    court,
    kept,
    alone: options.alone ?? false,
    onTried: (_, done) => progress.tell("mutants tried", done, trial.mutants.length),
  });

  return {
    release,
    tried,
    asked: testimony.held.map(({ property }) => property),
    absent: testimony.absent,
    seed,
    durationMs: performance.now() - began,
    tryingMs: performance.now() - trying,
    ...(options.profile === true ? { spent: profile.spent } : {}),
    ...(minScore === undefined ? {} : { scoreMin: minScore / 100 }),
  };
}

async function openKept(release: Release, options: MutateOptions): Promise<Kept> {
  const { seed, server, postgres, image, only, resume = false } = options;
  const file = resolve("plumbline-out", release.name.replaceAll(/[^\w.-]/g, "_"), "mutants.jsonl");
  const folders = ["harness", "properties"].map(codePath);
  const asked = JSON.stringify([seed, server, postgres, image, only?.toSorted()]);
  const kept = Kept.open(file, await keyOf(release, folders, [asked]));
  if (resume && kept.count === 0) {
    throw new HarnessError(
      `There is no run to go on with: ${file} knows no mutant of this release, this seed and these properties`,
      "Run without --resume",
    );
  }

  return kept;
}

/** Says, where the run is stopped, that what it found out is not lost. */
function tellingWhatIsKept(kept: Kept, quiet: boolean): Disposable {
  const forget = onExit(() => {
    if (!quiet && kept.count > 0) {
      process.stderr.write(
        `\nplumbline: stopped. What became of ${pluralize(kept.count, "mutant")} is kept; run again with --resume to go on.\n`,
      );
    }
  });

  return { [Symbol.dispose]: forget };
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

async function writeReports(run: MutationRun, { json, junit, html }: MutateOptions): Promise<void> {
  const { release, tried } = run;
  const { properties } = await loadSuite(codePath("properties/credits"));
  const report = buildMutationReport(release, tried, properties);
  if (json !== undefined) {
    await writeWhole(json, `${JSON.stringify(report, undefined, 2)}\n`);
  }
  if (junit !== undefined) {
    await writeWhole(junit, formatMutationJunit(run));
  }
  if (html !== undefined) {
    await writeWhole(html, await formatMutationPage(`Mutants of ${release.name}`, report));
  }
}
