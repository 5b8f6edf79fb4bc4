/**
 * `pg-plumbline verify`: every property against each release.
 */
import { join } from "node:path";
import { databaseProvider } from "../database/pool.ts";
import type { Server } from "../database/server.ts";
import { HarnessError } from "../errors.ts";
import { CrashServer } from "../fault/crash-server.ts";
import { installation } from "../files/installation.ts";
import { requirePlaces, writeWhole } from "../files/write-file.ts";
import type { RunResult } from "../property/verdict.ts";
import { findReleases } from "../release/find-releases.ts";
import { unknownFindings } from "../release/known-failures.ts";
import { readRelease } from "../release/read-release.ts";
import type { Release } from "../release/release.ts";
import { getExitCode } from "../report/exit-status.ts";
import { toJson } from "../report/json.ts";
import { openDisplay } from "../report/progress.ts";
import type { Style } from "../report/style.ts";
import { formatRun } from "../report/terminal.ts";
import { writeScripts } from "../report/write-scripts.ts";
import { isPostgresUrl } from "../server/external/address.ts";
import { findCrashableStart, startAnyServer } from "../server/start.ts";
import { loadSuite, type Suite } from "../suite/load-suite.ts";
import { type Order, type SurveyEvent, survey } from "../suite/run-suite.ts";
import { type Shard, shardOf, shardText } from "../suite/shard.ts";
import { redact } from "../text/redact.ts";
import { annotate } from "./annotate.ts";
import { ledgerIds } from "./known-failure-ids.ts";
import { chosenProperties } from "./select-properties.ts";
import { serverOptionsOf } from "./server-options.ts";

/** The flags, as the command line has them. */
export interface VerifyOptions {
  readonly release?: readonly string[];
  readonly server: string;
  readonly postgres?: number;
  readonly image?: string;
  /** Several major versions instead of one. */
  readonly matrix?: readonly number[];
  readonly yes?: boolean;
  readonly seed?: number;
  readonly runs?: number;
  /** The most cases of a property, where no number is given. */
  readonly runsMax?: number;
  readonly only?: readonly string[];
  /** The part of the properties that is run; all of them where it is left out. */
  readonly shard?: Shard;
  readonly json?: string;
  readonly junit?: string;
  readonly html?: string;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
}

/** In memory the answer is to be there at once: fewer cases, and they are the first ones of a longer run. */
const MEMORY_RUNS_MAX = 20;

/** @returns the exit code: 0 all as expected, 1 a contract broken or a ledger stale, 2 nothing decided */
export async function verify(options: VerifyOptions): Promise<number> {
  const limited = options.server === "memory" ? { ...options, runsMax: MEMORY_RUNS_MAX } : options;

  return await reportRun(await verifyOnce(limited, options.seed ?? chooseSeed()), options);
}

export function chooseSeed(): number {
  return Math.floor(Math.random() * 2 ** 31);
}

/** What a run shares with others that are at work beside it. */
export interface SharedRun {
  /** How many properties are decided at the same time. */
  readonly lanes: number;
  readonly tell: (event: SurveyEvent) => void;
  /** Shows a line that is no property's. */
  readonly say: (line: string) => void;
}

/** The run of one server: all that it found out, and nothing told yet but its progress. */
export async function verifyOnce(
  options: VerifyOptions,
  seed: number,
  beside?: SharedRun,
): Promise<RunResult> {
  const began = performance.now();
  await requirePlaces(options);
  using display =
    beside === undefined ? await openDisplay(process.stderr, options.quiet ?? false) : undefined;
  const shown = beside ?? display;
  const wanted = serverOptionsOf(options, shown?.log);
  // The server starts while the files are read.
  const starting = startAnyServer(options.server, wanted);
  const [reading, started] = await Promise.allSettled([readAll(options), starting]);
  await using server = outcomeOf(started, reading);
  const startCrashable = findCrashableStart(options.server, wanted);
  await using crashGround = startCrashable === undefined ? undefined : new CrashServer(startCrashable);
  // In memory nothing is waited for: one after the other gets by with fewer databases.
  const lanes = server.databases === undefined ? beside?.lanes : 1;
  const { runs, runsMax } = options;
  const order = {
    seed,
    ...(runs === undefined ? {} : { runs }),
    ...(runsMax === undefined ? {} : { runsMax }),
    ...(crashGround === undefined ? {} : { crashGround }),
    ...(lanes === undefined ? {} : { lanes }),
  };
  const onProgress = (event: SurveyEvent) => shown?.update(event);
  const run = await decideAll(outcomeOf(reading), server, { ...order, onProgress });

  const { shard, only } = options;

  return {
    ...run,
    ...(shard === undefined ? {} : { shard: shardText(shard) }),
    ...(only === undefined ? {} : { only }),
    ...(runs === undefined ? {} : { runs }),
    durationMs: Math.round(performance.now() - began),
  };
}

/** The options of a run that a line which replays it must repeat; of an address, what may be shown. */
export function getReproduceOptions({
  server,
  postgres,
  image,
  runs,
  yes,
}: VerifyOptions): readonly string[] {
  return [
    ...(server === "embedded" ? [] : ["--server", isPostgresUrl(server) ? redact(server) : server]),
    ...(postgres === undefined ? [] : ["--postgres", String(postgres)]),
    ...(image === undefined ? [] : ["--image", image]),
    ...(runs === undefined ? [] : ["--runs", String(runs)]),
    ...(yes === true ? ["--yes"] : []),
  ];
}

interface Read {
  readonly suite: Suite;
  readonly releases: readonly Release[];
}

async function readAll({ release = [], only, shard }: VerifyOptions): Promise<Read> {
  const folders = release.length > 0 ? release : await findReleases(join(installation.folder, "sql"));
  if (folders.length === 0) {
    throw new HarnessError(
      "There is no release to verify",
      "Name a folder with a release.json: --release DIR",
    );
  }
  const [whole, ids, releases] = await Promise.all([
    loadSuite(join(installation.folder, "properties/credits")),
    ledgerIds(),
    Promise.all(folders.map((folder) => readRelease(folder))),
  ]);

  for (const { ledger, findings } of releases) {
    const unknown = ledger === undefined ? undefined : unknownFindings(ledger, findings, ids);
    if (unknown !== undefined) {
      throw unknown;
    }
  }

  const asked = chosenProperties(whole, only);

  return { releases, suite: shard === undefined ? asked : shardOf(asked, shard) };
}

async function decideAll(
  { suite, releases }: Read,
  server: Server,
  order: Order,
): Promise<Omit<RunResult, "durationMs">> {
  await using databases = databaseProvider(server);
  const results = await survey(releases, suite, databases, order);

  return {
    plumbline: installation.version,
    seed: order.seed,
    server: { kind: server.kind, version: server.version },
    releases: results,
  };
}

/** Tells a run in all the ways that are asked for. @returns the exit code */
export async function reportRun(run: RunResult, options: VerifyOptions): Promise<number> {
  const cwd = process.cwd();
  const scripts = await writeScripts(run, { cwd });
  const references = {
    cwd,
    scripts,
    options: getReproduceOptions(options),
  };
  if (options.json !== undefined) {
    await writeWhole(options.json, `${JSON.stringify(toJson(run, scripts), undefined, 2)}\n`);
  }
  if (options.junit !== undefined) {
    // Loaded when it is asked for, as the page is: each takes its time.
    const { formatJunit } = await import("../report/junit.ts");
    await writeWhole(options.junit, formatJunit(run, references));
  }
  if (options.html !== undefined) {
    const { formatHtml } = await import("../report/html.ts");
    await writeWhole(options.html, formatHtml([{ run, references }]));
  }
  if (options.quiet !== true) {
    process.stdout.write(formatRun(run, styleOf(options), references));
    await annotate(run, references);
  }

  return getExitCode(run);
}

export function styleOf({ verbose = false }: VerifyOptions): Style {
  const { isTTY, columns } = process.stdout;
  const colour = isTTY === true && process.env["NO_COLOR"] === undefined;

  return { colour, width: columns ?? 80, verbose };
}

/** The value, or else the first trouble there was, once the other has ended too. */
function outcomeOf<Value>(one: PromiseSettledResult<Value>, other?: PromiseSettledResult<unknown>): Value {
  if (one.status === "rejected") {
    throw other?.status === "rejected" ? other.reason : one.reason;
  }

  return one.value;
}
