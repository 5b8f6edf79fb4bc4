/** Finds what `verify` checks: releases, and the migrations of folders that a tool keeps. */
import { existsSync, realpathSync } from "node:fs";
import { join, resolve } from "node:path";
import {
  CONFIGURATION_FILE,
  type LoadedConfiguration,
  loadConfiguration,
} from "../configuration/load-configuration.ts";
import { readSetup } from "../configuration/read-setup.ts";
import type { DatabaseProvider } from "../database/database-provider.ts";
import { HarnessError } from "../errors.ts";
import { listChangedFiles } from "../files/git.ts";
import { installation } from "../files/installation.ts";
import { type History, readHistory } from "../layouts/read-history.ts";
import { selectMigrations, toReleases } from "../layouts/to-releases.ts";
import { readRecordedHistory } from "../recording/read-recorded-history.ts";
import { findReleases, readRelease } from "../release/read-release.ts";
import type { Release } from "../release/release.ts";
import { displayPath } from "../report/reproduce-line.ts";
import { startServer } from "../server/start.ts";
import { loadReleaseSuite, type Suite } from "../suite/load-suite.ts";
import type { SuiteTarget } from "../suite/run-suite.ts";
import { type Shard, selectShard } from "../suite/shard.ts";
import type { RowChoice } from "../suite/test-resources.ts";
import { pluralize } from "../text/pluralize.ts";
import { suggest } from "../text/suggest.ts";
import { checkKnownFailures } from "./check-known-failures.ts";
import { findRecordedRows } from "./find-recorded-rows.ts";
import { selectProperties, validateSelection } from "./select-properties.ts";
import { type ServerArguments, toServerOptions } from "./server-options.ts";

/** The flags that say what is verified, and on which server a migration tool is recorded. */
export interface TargetOptions extends Pick<ServerArguments, "postgres" | "image"> {
  /** Folders with a `release.json`, or of migrations. */
  readonly folders?: readonly string[];
  /** The same, as `--release` names them. */
  readonly release?: readonly string[];
  /** The layout of the folders of migrations. */
  readonly layout?: string;
  readonly last?: number;
  readonly since?: string;
  readonly all?: boolean;
  /** One migration by its name. */
  readonly migration?: string;
  readonly only?: readonly string[];
  readonly shard?: Shard;
  /** Which rows the rules of any migration try. */
  readonly rows?: RowChoice;
  /** Whether the same is run on other versions of PostgreSQL, too. */
  readonly isMatrix?: boolean;
}

/**
 * Reads all that is verified; nothing where no migration has changed.
 * @param log receives what each folder was read as
 * @throws HarnessError for a folder that is neither a release nor one of migrations, and for what is wrong in it
 */
export async function selectTargets(
  options: TargetOptions,
  log: (line: string) => void,
): Promise<readonly SuiteTarget[]> {
  const { only, shard } = options;
  const releases = await readReleases(options, log);
  const targets = await Promise.all(
    releases.map(async (one) => ({ release: one, suite: await loadReleaseSuite(one) })),
  );
  for (const { release: one, suite } of targets) {
    const ids = suite.properties.map(({ id }) => id);
    checkKnownFailures(one, "property", ids, suite.renamed);
  }
  validateSelection(
    targets.map(({ suite }) => suite),
    only,
  );
  const migrations = releases.filter(({ origin }) => origin !== undefined);

  return targets.map(({ release: one, suite }) => {
    const selected = leaveOutOthers(selectProperties(suite, only), one, options.isMatrix ?? false);
    if (shard === undefined) return { release: one, suite: selected };
    const position = migrations.indexOf(one);
    const isHere = position === -1 || isInShard(position, migrations.length, shard);
    const empty = { ...selected, properties: [], questions: [] };

    return { release: one, suite: position === -1 ? selectShard(selected, shard) : isHere ? selected : empty };
  });
}

/** The properties that say something of the release, and the questions that can be answered. */
function leaveOutOthers(suite: Suite, release: Release, isMatrix: boolean): Suite {
  return {
    ...suite,
    properties: suite.properties.filter((each) => each.concerns?.(release) !== false),
    questions: suite.questions.filter(({ comparesVersions }) => isMatrix || comparesVersions !== true),
  };
}

/**
 * Reads the releases, and a release of each migration that is selected; none where no migration has changed.
 * @param log receives what each folder was read as
 * @throws HarnessError for a folder that is neither a release nor one of migrations, and for what is wrong in it
 */
export async function readReleases(options: TargetOptions, log: (line: string) => void): Promise<readonly Release[]> {
  const { folders = [], release = [] } = options;
  const named = [...folders, ...release];
  requireEachOnce(named);
  const all = named.length > 0 ? named : await findReleases(join(installation.folder, "sql"));
  if (all.length === 0) {
    throw new HarnessError("There is no release to verify", "Name a folder with a release.json or with migrations");
  }
  if (all.every((folder) => isRelease(folder, options))) requireNoSelection(options);
  const releases: Release[] = [];
  const names = new Set<string>();
  for (const folder of all) {
    const found = await readFolder(folder, options, names, log);
    for (const one of found) names.add(one.name);
    releases.push(...found);
  }

  return releases;
}

function isRelease(folder: string, { release = [] }: TargetOptions): boolean {
  return existsSync(join(folder, "release.json")) || release.includes(folder);
}

/** @throws HarnessError for a flag that selects among migrations, where there are none */
function requireNoSelection({ last, since, all, migration, layout }: TargetOptions): void {
  const [flag] = Object.entries({ last, since, all, migration, layout }).flatMap(([name, value]) =>
    value === undefined || value === false ? [] : [`--${name}`],
  );
  if (flag === undefined) return;

  throw new HarnessError(
    `${flag} is about a folder of migrations, and none is named`,
    "Name it before the flag, such as db/migrations",
  );
}

/** @throws HarnessError for a folder that is named twice, however it is written */
function requireEachOnce(folders: readonly string[]): void {
  const paths = folders.map((folder) => (existsSync(folder) ? realpathSync(folder) : resolve(folder)));
  const again = folders.find((_, index) => paths.indexOf(paths[index] ?? "") < index);
  if (again === undefined) return;

  throw new HarnessError(`${again} was given twice`, "Name each folder once, as a folder or with --release");
}

/** Of a history, a shard has migrations that follow each other: the state before one leads to that before the next. */
function isInShard(position: number, total: number, { index, count }: Shard): boolean {
  return Math.floor((position * count) / total) === index - 1;
}

/** Keys of the configuration for rules to come. */
const UNREAD = ["role", "statements", "sizes"] as const;

async function readFolder(
  folder: string,
  options: TargetOptions,
  names: Set<string>,
  log: (line: string) => void,
): Promise<readonly Release[]> {
  const loaded = await loadConfiguration(folder);
  const unread = UNREAD.filter((key) => loaded.configuration[key] !== undefined);
  if (unread.length > 0) log(`${join(loaded.folder, CONFIGURATION_FILE)}: no rule reads ${unread.join(", ")} yet`);
  if (isRelease(folder, options)) {
    const setup = await readSetup(loaded);

    return [{ ...(await readRelease(folder)), ...(setup.length > 0 && { setup }) }];
  }

  return await readMigrations(folder, loaded, options, names, log);
}

async function readMigrations(
  folder: string,
  loaded: LoadedConfiguration,
  options: TargetOptions,
  names: Set<string>,
  log: (line: string) => void,
): Promise<readonly Release[]> {
  const setup = await readSetup(loaded);
  const select = async (history: History) => await selectIndexes(history, options);
  const { command, layout } = loaded.configuration;
  const { rows = "none" } = options;
  const findRows = async (release: Release, databases: DatabaseProvider) =>
    await findRecordedRows(release, databases, rows);
  // A layout on the command line says that the files are to be read.
  const isRecorded = command !== undefined && options.layout === undefined;
  const history = isRecorded
    ? await readRecordedHistory({
        ...{ command, setup, folder: loaded.folder },
        findFirst: async (found) => {
          if (options.since !== undefined) requireFiles(found);

          return (await select(found))[0];
        },
        ...(rows !== "none" && { findRows }),
        startServer: async () => {
          log(`recording ${command.step ?? command.up} on a private server`);

          return await startServer(
            options.image === undefined ? "embedded" : "container",
            toServerOptions(options, log),
          );
        },
      })
    : await readHistory(folder, options.layout ?? layout);
  const indexes = await select(history);
  log(describeHistory(history, indexes));

  return toReleases(history, indexes, setup, names);
}

/**
 * A migration without a file in the folder, such as one of a package, did not change there.
 * @throws HarnessError if the newest is one: then files are likely to be named otherwise
 */
function requireFiles({ folder, migrations }: History): void {
  const newest = migrations.findLast(({ up }) => up.length > 0);
  const configuration = join(folder, CONFIGURATION_FILE);
  if (newest === undefined || newest.up.every(({ file }) => file !== configuration)) return;

  throw new HarnessError(
    `no file in ${folder} has the name of the migration ${newest.name}, so --since does not know whether it changed`,
    "Use --last or --migration instead",
  );
}

/** @throws HarnessError where the named migration is not there */
async function selectIndexes(history: History, options: TargetOptions): Promise<readonly number[]> {
  const { all = false, last, since, migration: name } = options;
  const indexes = selectMigrations(history, {
    all,
    ...(last !== undefined && { last }),
    ...(since !== undefined && { changed: await listChangedFiles(history.folder, since) }),
    ...(name !== undefined && { name }),
  });
  if (name !== undefined && indexes.length === 0) throw createUnknownError(history, name);

  return indexes;
}

function createUnknownError({ folder, migrations }: History, name: string): HarnessError {
  const names = migrations.map((each) => each.name);
  const beginning = names.filter((each) => each.startsWith(name));
  const near = beginning.length === 1 ? beginning[0] : suggest(name, names);

  return new HarnessError(
    `${folder}: there is no migration ${JSON.stringify(name)}`,
    near === undefined ? "Use the name of a migration without the ending of its file" : `Write --migration ${near}`,
  );
}

/** What the folder was read as, and what is verified: such as `prisma/migrations: Prisma, 163 migrations; checking …`. */
function describeHistory({ folder, layout, migrations }: History, indexes: readonly number[]): string {
  const shown = displayPath(folder, process.cwd());
  const [first] = indexes;
  const verified =
    first === undefined
      ? "none of them changed"
      : indexes.length === 1
        ? `checking ${migrations[first]?.name}`
        : `checking ${indexes.length} of them`;

  return `${shown}: ${layout.title}, ${pluralize(migrations.length, "migration")}; ${verified}`;
}
