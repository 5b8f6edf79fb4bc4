/**
 * Reads the migrations of a tool that is run by a command: it applies them to a private database, and what it sends is
 * recorded and cut into migrations. The record is replayed before it is used.
 */
import { join } from "node:path";
import type { ToolCommand } from "../configuration/configuration.ts";
import { CONFIGURATION_FILE } from "../configuration/load-configuration.ts";
import type { Database, DatabaseProvider } from "../database/database-provider.ts";
import { Databases } from "../database/databases.ts";
import type { Server } from "../database/server.ts";
import { HarnessError } from "../errors.ts";
import type { Migration } from "../layouts/layout.ts";
import type { History } from "../layouts/read-history.ts";
import { toReleases } from "../layouts/to-releases.ts";
import { loadParser, type Parser } from "../release/parser.ts";
import { baselineRecipe } from "../release/recipes.ts";
import type { Release, Step } from "../release/release.ts";
import { findBookkeeping } from "./bookkeeping.ts";
import { type CutOptions, type CutRun, cutMigrations, findJournal } from "./cut-migrations.ts";
import { MigrationFiles } from "./migration-files.ts";
import { MigrationWriter } from "./migration-writer.ts";
import { readSurroundings, type Surroundings } from "./read-surroundings.ts";
import { type RecordedDowns, recordDowns } from "./record-downs.ts";
import { type RowSet, recordVariants, type VariantSource } from "./record-variants.ts";
import { type ReplayedStage, readWithout, requireReplay } from "./replay.ts";
import { requireFolder } from "./tool-process.ts";
import { ToolRuns } from "./tool-runs.ts";
import { groupUnits, listSent, type Unit } from "./units.ts";
import { describeWritten, readFileTimes } from "./written-files.ts";

export interface RecordedSource {
  readonly command: ToolCommand;
  /** That of the configuration. */
  readonly folder: string;
  readonly setup: readonly Step[];
  /** The position of the first migration whose down is wanted; undefined for none. */
  readonly findFirst: (history: History) => Promise<number | undefined>;
  /** Rows for the state before a migration whose code reads rows; without it, the tool is not run again on any. */
  readonly findRows?: (before: Release, databases: DatabaseProvider) => Promise<readonly RowSet[]>;
  /** Starts a private server, which is ended before the history is returned. */
  readonly startServer: () => Promise<Server>;
}

/**
 * Runs the commands, and returns what they sent as migrations.
 * @throws HarnessError if a command fails, never uses its address, applies nothing or drops everything on the way back, and
 * if the record does not replay
 */
export async function readRecordedHistory(source: RecordedSource): Promise<History> {
  const folder = join(source.folder, source.command.cwd ?? "");
  await requireFolder(folder);
  const before = await readFileTimes(folder);
  const history = await record(source);
  const written = describeWritten(folder, before, await readFileTimes(folder));

  return written === undefined ? history : { ...history, notes: [...history.notes, written] };
}

async function record(source: RecordedSource): Promise<History> {
  const { command, folder, startServer } = source;
  const recipe = baselineRecipe(toSetupRelease(source));
  await using server = await startServer();
  await using databases = new Databases(server);
  await using database = await databases.clone(recipe);
  const parser = await loadParser();
  const runs = new ToolRuns(command, folder, { server, database });
  const ups = await recordUps(runs, database, parser);
  const { cut, options, surroundings, units } = ups;
  const files = await MigrationFiles.open(runs.folder);
  const writer = new MigrationWriter(files, join(folder, CONFIGURATION_FILE), { parser, surroundings });
  const history = await toHistory(source, cut, writer);
  const first = await source.findFirst(history);
  const recorded = await readWithout(database, options.bookkeeping.relations);
  const applied: ReplayedStage = {
    title: command.step ?? command.up,
    steps: [...history.base, ...history.migrations.flatMap(({ up }) => up)],
    ...{ recorded, ignored: cut.hooked },
  };
  if (first === undefined) {
    await requireReplay(databases, recipe, [applied]);

    return history;
  }
  const reverted = await recordDowns({ runs, database, parser }, cut.migrations, first, options);
  const withDowns = command.down === undefined ? history : addDowns(history, reverted, { first, writer });
  const downs: ReplayedStage = {
    title: command.down ?? "",
    steps: withDowns.migrations.toReversed().flatMap(({ down = [] }) => down),
    ...{ recorded: reverted.recorded, ignored: cut.hooked },
  };
  await requireReplay(databases, recipe, [applied, ...(command.down === undefined ? [] : [downs])]);

  return await addVariants(withDowns, source, {
    ...{ command, folder, server, databases, writer, units, options, first },
    cuts: cut.migrations,
  });
}

/** What is there before the first migration. */
function toSetupRelease({ folder, setup }: RecordedSource): Release {
  return { name: "setup", folder, lists: { baseline: [], migrate: [] }, setup, knownFailures: [] };
}

function addDowns(
  history: History,
  { downs, stoppedAt = -1, notes }: RecordedDowns,
  { first, writer }: { readonly first: number; readonly writer: MigrationWriter },
): History {
  const migrations = history.migrations.map((one, index): Migration => {
    const down = downs.get(index);
    if (down !== undefined) return writer.addDown(down, one);
    // What was not reverted is not verified: whether it has a down is not known.
    if (index < first) return { ...one, down: [] };
    const unknownDown = `${history.migrations[stoppedAt]?.name} was not reverted, so that the down of ${one.name} was not run`;

    return index < stoppedAt ? { ...one, down: [], unknownDown } : one;
  });

  return { ...history, migrations, notes: [...history.notes, ...notes] };
}

/** Runs the tool again for each migration whose code reads rows. */
async function addVariants(
  history: History,
  { findRows, setup }: RecordedSource,
  source: VariantSource & { readonly first: number },
): Promise<History> {
  if (findRows === undefined) return history;
  const notes: string[] = [];
  const migrations: Migration[] = [];
  for (const [index, migration] of history.migrations.entries()) {
    const [release] =
      migration.readsRows === undefined || index < source.first ? [] : toReleases(history, [index], setup);
    const rowSets = release === undefined ? [] : await findRows(release, source.databases);
    if (release === undefined || rowSets.length === 0) migrations.push(migration);
    else {
      const recorded = await recordVariants(source, { migration, release, index }, rowSets);
      notes.push(...recorded.notes);
      migrations.push({ ...migration, variants: recorded.variants });
    }
  }

  return { ...history, migrations, notes: [...history.notes, ...notes] };
}

interface RecordedUps {
  readonly units: readonly Unit[];
  readonly cut: CutRun;
  readonly options: CutOptions;
  readonly surroundings: Surroundings;
}

async function recordUps(runs: ToolRuns, database: Database, parser: Parser): Promise<RecordedUps> {
  const records = await runs.applyAll();
  const idle = await runs.runIdle();
  const units = records.map((record) => groupUnits(record, parser));
  const bookkeeping = findBookkeeping(units.flat(), listSent(idle, parser));
  const surroundings = await readSurroundings(await database.observer());
  const { harmless } = surroundings;
  const options = { bookkeeping, harmless, journal: findJournal(units.flat(), bookkeeping, harmless) };
  const cut = cutMigrations(units, "up", options);
  if (cut.migrations.length > 0) return { units: units.flat(), cut, options, surroundings };
  throw new HarnessError(
    "The command of the configuration applied no migration",
    "Run it yourself on an empty database, and correct its folder, its environment or the command",
  );
}

async function toHistory({ command, folder }: RecordedSource, cut: CutRun, writer: MigrationWriter): Promise<History> {
  return {
    ...{ folder, layout: { title: `a record of ${command.up}` }, hasDowns: command.down !== undefined },
    ...(command.down === undefined && { noDowns: "the configuration names no command.down" }),
    base: writer.toBase(cut),
    migrations: await Promise.all(cut.migrations.map(async (one, index) => await writer.toMigration(one, index))),
    notes: listNotes(cut),
  };
}

function listNotes({ hooked }: CutRun): readonly string[] {
  const names = hooked.map(({ name }) => name).join(", ");

  return hooked.length === 0
    ? []
    : [`the tool writes to ${names} after each run: that is no part of a migration, and is left out`];
}
