/** `pg-plumbline mutate`: makes small wrong changes to a release that holds, and finds the property that kills each. */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { Databases } from "../database/databases.ts";
import { Pool } from "../database/pool.ts";
import type { Server } from "../database/server.ts";
import { HarnessError } from "../errors.ts";
import { CrashServer } from "../fault/crash-server.ts";
import { codePath, installation } from "../files/installation.ts";
import { requireWritableReports, writeAtomically } from "../files/write-file.ts";
import { dryRun } from "../mutation/dry-run.ts";
import { findMutants } from "../mutation/find-mutants.ts";
import type { Mutant } from "../mutation/mutant.ts";
import { readEquivalents, readKillers, updateKillers } from "../mutation/mutant-files.ts";
import { hashInputs, ResultJournal } from "../mutation/result-journal.ts";
import { computeScore, reachesScore } from "../mutation/score.ts";
import { findKnownOutcome, testMutants } from "../mutation/test-mutants.ts";
import { readRelease } from "../release/read-release.ts";
import type { Release } from "../release/release.ts";
import { requireOneDatabase } from "../release/server-wide.ts";
import { openDisplay } from "../report/live-display.ts";
import { buildMutationReport, formatMutationPage } from "../report/mutation-json.ts";
import { formatMutationJunit } from "../report/mutation-junit.ts";
import { formatMutationRun, type MutationRun } from "../report/mutation-terminal.ts";
import { displayPath, quoteShellWord } from "../report/reproduce-line.ts";
import { detectStyle } from "../report/style.ts";
import { onExit } from "../server/process/on-exit.ts";
import { findCrashableStart, startServer } from "../server/start.ts";
import { loadMutationSuite, type Suite } from "../suite/load-suite.ts";
import { pluralize } from "../text/pluralize.ts";
import { sanitize } from "../text/sanitize.ts";
import { type MutateOptions, selectMutants, validateMutateOptions } from "./mutate-selection.ts";
import { selectProperties, validateSelection } from "./select-properties.ts";
import { toServerOptions } from "./server-options.ts";
import { getReproduceOptions } from "./verify.ts";

/** The time limit of a statement: most that exceed it never end. */
const STATEMENT_LIMIT_MS = 3_000;

/** @returns the exit code: 0, or 1 if the score is below the minimum or equivalent-mutants.json is stale */
export async function mutate(options: MutateOptions): Promise<number> {
  const began = performance.now();
  validateMutateOptions(options);
  await requireWritableReports(options);
  const { seed, minScore, only, quiet = false } = options;
  const release = await readRelease(options.release ?? join(installation.folder, "sql/hardened"));
  const all = await findMutants(release);
  const { reasons, stale } = await readEquivalents(release, all);
  const mutants = await selectMutants(release, all, options);
  const whole = await loadMutationSuite(release);
  validateSelection([whole], only);
  const suite = selectProperties(whole, only);
  const journal = await openJournal(release, options);
  const known = mutants.flatMap((mutant) => {
    const outcome = findKnownOutcome(mutant, reasons, journal);

    return outcome === undefined ? [] : [{ mutant, ...outcome, durationMs: 0 }];
  });
  const knownIds = new Set(known.map(({ mutant }) => mutant.id));
  const untested = mutants.filter(({ id }) => !knownIds.has(id));
  // Otherwise no server has to start.
  const tests = untested.length > 0 ? await testAll(release, untested, suite, journal, options) : undefined;
  const results = new Map([...known, ...(tests?.results ?? [])].map((result) => [result.mutant.id, result]));
  const run: MutationRun = {
    release,
    checked: suite.properties.map(({ id }) => id),
    unknown: [],
    ...tests,
    results: mutants.flatMap(({ id }) => results.get(id) ?? []),
    stale,
    seed,
    durationMs: performance.now() - began,
    ...(minScore === undefined ? {} : { scoreMin: minScore / 100 }),
    command: formatCommand(release, options),
  };

  await writeReports(run, suite, options);
  if (options.update === true) {
    const file = await updateKillers(release, all, run.results);
    if (!quiet) process.stderr.write(`pg-plumbline: wrote ${sanitize(file)}\n`);
  }
  if (!quiet) {
    const style = { ...detectStyle(process.stdout), verbose: options.verbose ?? false };
    process.stdout.write(formatMutationRun(run, style));
  }

  return stale.length === 0 && reachesScore(computeScore(release.name, run.results), run.scoreMin) ? 0 : 1;
}

async function testAll(
  release: Release,
  mutants: readonly Mutant[],
  suite: Suite,
  journal: ResultJournal,
  options: MutateOptions,
): Promise<Pick<MutationRun, "results" | "checked" | "unknown" | "server">> {
  const { seed, quiet = false } = options;
  const killers = await readKillers(release);
  using _ = announceResume(journal, quiet);
  using display = await openDisplay(process.stderr, quiet);
  const showProgress = (name: string) => (done: number, total: number) =>
    display.update({ kind: "finished", release: name, done, total });
  const wanted = toServerOptions(options, display.log);
  await using server = await startServer(options.server, wanted);
  if (server.tenancy !== undefined) requireOneDatabase(release);
  const startCrashable = findCrashableStart(options.server, wanted);
  await using crashServer = startCrashable && new CrashServer(startCrashable);
  await using databases = new Pool(new Databases(withStatementLimit(server)));
  const { context, unknown } = await dryRun({
    ...{ release, suite, databases, seed },
    ...(crashServer && { crashServer }),
    onProgress: showProgress("properties checked on the release"),
  });
  const onTested = showProgress("mutants tested");
  const results = await testMutants(mutants, {
    ...{ context, journal, killers },
    onTested: (done) => onTested(done, mutants.length),
  });
  const checked = context.candidates.map(({ property }) => property.id);

  return { results, checked, unknown, server: { kind: server.kind, version: server.version } };
}

async function openJournal(release: Release, options: MutateOptions): Promise<ResultJournal> {
  const { seed, server, postgres, image, only, resume = false } = options;
  const file = resolve("plumbline-out", release.name.replaceAll(/[^\w.-]/g, "_"), "mutants.jsonl");
  const included = release.properties?.startsWith("pg-plumbline/") === true;
  const folders = [
    ...["harness", "properties", "chunks"].map(codePath),
    ...(included ? [] : [resolve(release.folder, release.properties ?? "")]),
  ].filter((folder) => existsSync(folder));
  const inputs = [seed, server, postgres, image, only?.toSorted()];
  const journal = ResultJournal.open(file, await hashInputs(release, folders, inputs));
  if (resume && journal.size === 0) {
    throw new HarnessError(
      `No run can be resumed: ${file} has no mutant of this release, seed, server and these properties`,
      "Run without --resume",
    );
  }

  return journal;
}

function announceResume(journal: ResultJournal, quiet: boolean): Disposable {
  const cancel = onExit(() => {
    if (quiet || journal.size === 0) return;
    const results = pluralize(journal.size, "result");
    process.stderr.write(`\npg-plumbline: stopped, ${results} recorded. Run again with --resume to continue.\n`);
  });

  return { [Symbol.dispose]: cancel };
}

function withStatementLimit(server: Server): Server {
  return {
    kind: server.kind,
    version: server.version,
    ...(server.tenancy && { tenancy: server.tenancy }),
    connection: (database) => ({ ...server.connection(database), statement_timeout: STATEMENT_LIMIT_MS }),
    [Symbol.asyncDispose]: async () => await server[Symbol.asyncDispose](),
  };
}

function formatCommand({ folder }: Release, options: MutateOptions): string {
  const { server, postgres, image, yes, seed, changedSince } = options;
  const selections = (["only", "operators", "lists", "steps", "mutants"] as const).flatMap((key) =>
    options[key] === undefined ? [] : [`--${key}`, options[key].join(",")],
  );
  const serverOptions = getReproduceOptions({
    server,
    ...(postgres !== undefined && { postgres }),
    ...(image !== undefined && { image }),
    ...(yes !== undefined && { yes }),
  });
  const words = [
    ...["npx", "pg-plumbline", "mutate", "--release", displayPath(folder, process.cwd())],
    ...selections,
    ...(changedSince === undefined ? [] : ["--changed-since", changedSince]),
    ...["--seed", String(seed)],
    ...serverOptions,
  ];

  return words.map(quoteShellWord).join(" ");
}

async function writeReports(
  run: MutationRun,
  { properties }: Suite,
  { json, junit, html }: MutateOptions,
): Promise<void> {
  const report = buildMutationReport(run.release, run.results, properties);
  if (json !== undefined) await writeAtomically(json, `${JSON.stringify(report, undefined, 2)}\n`);
  if (junit !== undefined) await writeAtomically(junit, formatMutationJunit(run));
  if (html !== undefined) {
    await writeAtomically(html, await formatMutationPage(`Mutants of ${run.release.name}`, report));
  }
}
