/**
 * Reads the migrations of a tool that is run by a command: it applies them to a private database, and what it sends is
 * recorded and cut into migrations. The record is replayed before it is used.
 */
import { join } from "node:path";
import type { ToolCommand } from "../configuration/configuration.ts";
import type { Database } from "../database/database-provider.ts";
import { Databases } from "../database/databases.ts";
import type { Server } from "../database/server.ts";
import { HarnessError } from "../errors.ts";
import type { Migration } from "../layouts/layout.ts";
import type { History } from "../layouts/read-history.ts";
import { loadParser, type Parser } from "../release/parser.ts";
import { baselineRecipe } from "../release/recipes.ts";
import type { Step } from "../release/release.ts";
import { findBookkeeping } from "./bookkeeping.ts";
import { type CutMigration, type CutOptions, type CutRun, cutMigrations, findJournal } from "./cut-migrations.ts";
import { MigrationFiles, readCodeDeclarations } from "./migration-files.ts";
import { readSurroundings, type Surroundings } from "./read-surroundings.ts";
import { recordDowns } from "./record-downs.ts";
import { type ReplayedStage, readWithout, requireReplay } from "./replay.ts";
import { toSteps } from "./to-steps.ts";
import { ToolRuns } from "./tool-runs.ts";
import { groupUnits, listSent } from "./units.ts";
import { listUserReads } from "./user-reads.ts";

export interface RecordedSource {
  readonly command: ToolCommand;
  /** That of the configuration. */
  readonly folder: string;
  readonly setup: readonly Step[];
  /** The position of the first migration whose down is wanted; undefined for none. */
  readonly findFirst: (history: History) => Promise<number | undefined>;
  /** Starts a private server, which is ended before the history is returned. */
  readonly startServer: () => Promise<Server>;
}

/**
 * Runs the commands, and returns what they sent as migrations.
 * @throws HarnessError if a command fails, never uses its address or applies nothing, and if the record does not replay
 */
export async function readRecordedHistory(source: RecordedSource): Promise<History> {
  const { command, folder, setup, startServer } = source;
  const recipe = baselineRecipe({
    name: "setup",
    folder,
    lists: { baseline: [], migrate: [] },
    setup,
    knownFailures: [],
  });
  await using server = await startServer();
  await using databases = new Databases(server);
  await using database = await databases.clone(recipe);
  const parser = await loadParser();
  const runs = new ToolRuns(command, folder, { server, database });
  const { cut, options, surroundings } = await recordUps(runs, database, parser);
  const writer = new MigrationWriter(await MigrationFiles.open(runs.folder), join(folder, "plumbline.config.ts"), {
    parser,
    surroundings,
  });
  const base = await writer.toBase(cut);
  const ups = await Promise.all(cut.migrations.map(async (one, index) => await writer.toMigration(one, index)));
  const history = toHistory(source, { base, migrations: ups, notes: listNotes(cut) });
  const first = await source.findFirst(history);
  const recorded = await readWithout(database, options.bookkeeping.relations);
  const ignored = cut.hooked;
  const applied = {
    title: command.step ?? command.up,
    steps: [...base, ...ups.flatMap(({ up }) => up)],
    recorded,
    ignored,
  };
  if (first === undefined || command.down === undefined) {
    await requireReplay(databases, recipe, [applied]);

    return history;
  }
  const reverted = await recordDowns({ runs, database, parser }, cut.migrations, first, options);
  const migrations = ups.map((one, index): Migration => {
    const down = reverted.downs.get(index);
    if (down !== undefined) return { ...one, down: writer.toDown(down, one) };

    // What was not reverted is not verified: whether it has a down is not known.
    return index < first ? { ...one, down: [] } : one;
  });
  const downs: ReplayedStage = {
    title: command.down,
    steps: migrations.toReversed().flatMap(({ down = [] }) => down),
    ...{ recorded: reverted.recorded, ignored },
  };
  await requireReplay(databases, recipe, [applied, downs]);

  return { ...history, migrations, notes: [...history.notes, ...reverted.notes] };
}

interface RecordedUps {
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
  if (cut.migrations.length > 0) return { cut, options, surroundings };
  throw new HarnessError(
    "The command of the configuration applied no migration",
    "Run it yourself on an empty database, and correct its folder, its environment or the command",
  );
}

interface WriterOptions {
  readonly parser: Parser;
  readonly surroundings: Surroundings;
}

class MigrationWriter {
  readonly #files: MigrationFiles;
  readonly #configuration: string;
  readonly #parser: Parser;
  readonly #surroundings: Surroundings;

  /** @param configuration its file, for migrations whose own is not found */
  constructor(files: MigrationFiles, configuration: string, { parser, surroundings }: WriterOptions) {
    this.#files = files;
    this.#configuration = configuration;
    this.#parser = parser;
    this.#surroundings = surroundings;
  }

  async toBase({ base }: CutRun): Promise<readonly Step[]> {
    return toSteps(base, { ...this.#textOptions, path: "what the tool sends first", file: this.#configuration });
  }

  async toMigration(cut: CutMigration, index: number): Promise<Migration> {
    const listed = cut.name ?? `migration ${index + 1}`;
    const name = (await this.#files.findHashed(listed)) ?? listed;
    const found = this.#files.find(name);
    const file = found ?? this.#configuration;
    const comments = found === undefined ? [] : await readCodeDeclarations(found);
    const reads = listUserReads(cut, this.#surroundings.harmless);
    const readsRows = [...new Set(reads.map((table) => table.name))];

    return {
      name,
      up: toSteps(cut.pieces, { ...this.#textOptions, path: name, file, comments }),
      ...(readsRows.length > 0 && { readsRows }),
    };
  }

  toDown({ pieces }: CutMigration, { name, up: [step] }: Migration): readonly Step[] {
    const file = step?.file ?? this.#configuration;

    return toSteps(pieces, { ...this.#textOptions, path: `${name}, down`, file });
  }

  get #textOptions() {
    return { ...this.#surroundings, parser: this.#parser };
  }
}

function toHistory(
  { command, folder }: RecordedSource,
  found: Pick<History, "base" | "migrations" | "notes">,
): History {
  return { folder, layout: { title: `recorded: ${command.up}` }, hasDowns: command.down !== undefined, ...found };
}

function listNotes({ hooked }: CutRun): readonly string[] {
  const names = hooked.map(({ name }) => name).join(", ");

  return hooked.length === 0
    ? []
    : [`the tool writes to ${names} after each run: that is no part of a migration, and is left out`];
}
