/** Runs a tool again for a migration whose code reads rows, on databases that have some. */
import type { ToolCommand } from "../configuration/configuration.ts";
import type { Databases } from "../database/databases.ts";
import type { Server } from "../database/server.ts";
import type { Session } from "../database/session.ts";
import { HarnessError } from "../errors.ts";
import type { Migration, MigrationVariant } from "../layouts/layout.ts";
import { apply, describeFailedStatement, firstError } from "../release/apply.ts";
import { baselineRecipe } from "../release/recipes.ts";
import type { Release, Step } from "../release/release.ts";
import { splitWith } from "../release/split-statements.ts";
import { isOwn } from "./bookkeeping.ts";
import { type CutMigration, type CutOptions, cutMigrations } from "./cut-migrations.ts";
import type { MigrationWriter } from "./migration-writer.ts";
import { listPreparation } from "./prepare-tool.ts";
import type { ToolRecord } from "./record.ts";
import { describeFailure } from "./record-downs.ts";
import type { SentStatement } from "./sent-statements.ts";
import { ToolRuns } from "./tool-runs.ts";
import { groupUnits, groupUntilError, type Unit } from "./units.ts";

/** Rows for the tables before a migration. */
export interface RowSet {
  /** Such as `ordinary rows`. */
  readonly title: string;
  readonly inserts: string;
}

/** What a tool is run again with. */
export interface VariantSource {
  readonly command: ToolCommand;
  readonly folder: string;
  readonly server: Server;
  readonly databases: Databases;
  readonly writer: MigrationWriter;
  /** Of the run that applied everything. */
  readonly units: readonly Unit[];
  readonly cuts: readonly CutMigration[];
  readonly options: CutOptions;
}

export interface RecordedVariants {
  readonly variants: readonly MigrationVariant[];
  /** Sentences without a full stop. */
  readonly notes: readonly string[];
}

/**
 * @param release the migration, with the state before it
 * @param index its position among the cuts
 */
export async function recordVariants(
  source: VariantSource,
  { migration, release, index }: { readonly migration: Migration; readonly release: Release; readonly index: number },
  rowSets: readonly RowSet[],
): Promise<RecordedVariants> {
  const variants: MigrationVariant[] = [];
  const notes: string[] = [];
  const preparation = source.writer.toPreparation(
    listPreparation(source.units, source.options, source.cuts[index - 1]),
  );
  for (const rowSet of rowSets) {
    const rows = toStep(rowSet, migration, source.writer);
    const record = await rerun(source, release, [rows, ...preparation]);
    const cut = cutFirst(source, record);
    if (cut !== undefined)
      variants.push({ title: rowSet.title, rows, up: await source.writer.toUp(cut, migration.name) });
    else notes.push(`${migration.name} ${describeEnd(record)} where the tool was run again on ${rowSet.title}`);
  }

  return { variants, notes };
}

function toStep({ title, inserts }: RowSet, { name }: Migration, { parser }: MigrationWriter): Step {
  const path = `${title} before ${name}`;

  const statements = splitWith(parser, inserts, path);

  return { path, file: path, source: inserts, statements, stopsAtError: true, isGenerated: true };
}

async function rerun(
  { command, folder, server, databases }: VariantSource,
  release: Release,
  before: readonly Step[],
): Promise<ToolRecord> {
  await using database = await databases.clone(baselineRecipe(release));
  await applyAll(await database.connect(), before);

  return await new ToolRuns(command, folder, { server, database }).applyNext();
}

async function applyAll(session: Session, steps: readonly Step[]): Promise<void> {
  for (const step of steps) {
    const failed = firstError(await apply(session, [step]));
    await session.query("DISCARD ALL");
    if (failed === undefined) continue;
    throw new HarnessError(
      `The tool's own tables cannot be made again: ${describeFailedStatement(failed)}`,
      "Report the tool and its version",
    );
  }
}

/** The migration; undefined where the tool failed, and not by an error of the server. */
function cutFirst({ writer: { parser }, options }: VariantSource, record: ToolRecord): CutMigration | undefined {
  const isToolsOwn = (statement: SentStatement) => isOwn(statement, options.bookkeeping, options.harmless);
  const units = record.exitCode === 0 ? groupUnits(record, parser) : groupUntilError(record, parser, isToolsOwn);

  return units && cutMigrations([units], "up", options).migrations[0];
}

function describeEnd(record: ToolRecord): string {
  return record.exitCode === 0 ? "was not applied" : `failed (${describeFailure(record)})`;
}
