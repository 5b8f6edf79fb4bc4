/**
 * What the rules of any migration work with: generated rows, and what up does to them. All that is observed is observed
 * once for a release, whichever rule asks first.
 */
import { readSnapshot } from "../../harness/catalog/snapshot.ts";
import { Inconclusive } from "../../harness/errors.ts";
import { RecordedDatabase } from "../../harness/property/recorded-database.ts";
import type { TestContext } from "../../harness/property/test-context.ts";
import { describeFailedStatement } from "../../harness/release/apply.ts";
import { baselineRecipe, getBaselineSteps } from "../../harness/release/recipes.ts";
import { type ScriptPart, toScriptParts } from "../../harness/release/script-part.ts";
import type { Dataset } from "../../harness/rows/generate-row.ts";
import type { TestResources } from "../../harness/suite/test-resources.ts";
import { applyWithin } from "./apply-within.ts";
import { assumedSource } from "./assumed-source.ts";
import { type GeneratedRows, type MigrationObservation, ROW_TITLES, type RowSource } from "./observation.ts";
import { findRefusals } from "./refusals.ts";
import { TrialWorld } from "./trial-world.ts";

/** So many datasets of a level are tried until one is decisive. */
const DECISIVE_MAX = 3;

/** The database of the observation of a release, until it is taken; dropped when all rules are checked. */
const migrated = new WeakMap<MigrationObservation, RecordedDatabase>();

export class MigrationWorld extends TrialWorld implements TestContext {
  /**
   * The rows that all rules are decided on: boundary rows; where up refuses those, mild ones, or none. They keep to the
   * assumptions that are declared, or that the rows which up refuses break.
   */
  async decisiveRows(): Promise<GeneratedRows> {
    return await this.once("decisive", async () => {
      const trials = await this.trials();
      const declared = (await assumedSource(this)) ?? trials.free;
      const boundary = await this.#findAccepted("boundary", await this.boundary(declared), declared);
      if (boundary !== undefined) return boundary;
      const broken = (await findRefusals(this)).flatMap(({ assumption }) => assumption ?? []);
      const assumed = (await assumedSource(this, broken)) ?? trials.free;

      const rows =
        (await this.#findAccepted("boundary", await this.boundary(assumed), assumed)) ??
        (await this.#findAccepted("mild", await this.mild(assumed), assumed)) ??
        (await this.#findAccepted("mild", await this.mild(declared), declared)) ??
        trials.noRows;
      this.#noteRefused(rows);

      return rows;
    });
  }

  /** Says that no odd rows decide, where they were to. */
  #noteRefused({ level }: GeneratedRows): void {
    const { rows = "all" } = this.resources;
    if (rows === "none" || level === "boundary" || (rows === "mild" && level === "mild")) return;
    const refused = level === "mild" ? "odd rows" : "all rows";
    const text = `up refuses ${refused} that were tried, so that other rules are decided on ${ROW_TITLES[level]}`;
    this.note({ rule: "applies.2", subject: this.release.name, text });
  }

  /** The first rows on which up succeeds. */
  async #findAccepted(
    level: GeneratedRows["level"],
    candidates: readonly Dataset[],
    source: RowSource,
  ): Promise<GeneratedRows | undefined> {
    for (const dataset of candidates.slice(0, DECISIVE_MAX)) {
      const { rows, failure } = await this.attempt(level, dataset, source);
      if (failure === undefined) return rows;
    }

    return undefined;
  }

  /** What up does to the decisive rows. */
  async observe(): Promise<MigrationObservation> {
    const rows = await this.decisiveRows();

    return await this.once("observation", async () => {
      const isRolledBack = Object.keys(this.release.lists).some((list) => list.startsWith("rollback."));
      const { atEnd } = this.resources;
      if (!isRolledBack || atEnd === undefined) return await this.observeOn(rows);
      const db = await this.#open(rows);
      atEnd(async () => await db.database[Symbol.asyncDispose]());
      const observation = await this.#observe(db, rows);
      migrated.set(observation, db);

      return observation;
    });
  }

  /** The database of the observation, as up left it, once: the caller may change it. */
  takeMigrated(observation: MigrationObservation): RecordedDatabase | undefined {
    const db = migrated.get(observation);
    migrated.delete(observation);

    return db;
  }

  /**
   * Applies up to rows, in a database of its own.
   * @throws Inconclusive if it fails
   */
  async observeOn(rows: GeneratedRows): Promise<MigrationObservation> {
    return await this.withDatabase(rows, async (db) => await this.#observe(db, rows));
  }

  async #observe(db: RecordedDatabase, rows: GeneratedRows): Promise<MigrationObservation> {
    const before = await readSnapshot(await db.database.observer());
    const { applied: up, failure } = await applyWithin(
      db.session,
      this.release.lists.migrate,
      getBaselineSteps(this.release),
    );
    if (failure !== undefined) {
      const state = this.release.origin?.ownRowsOnly === true ? "the rows that are there" : `${rows.level} tables`;
      throw new Inconclusive(`up fails on ${state}: ${describeFailedStatement(failure)}`, { blocked: true });
    }

    return { rows, before, up, after: await readSnapshot(await db.database.observer()) };
  }

  /** What a second identical run leaves: cells and facts that differ from the first are unstable. */
  async twin(): Promise<MigrationObservation> {
    const { rows } = await this.observe();

    return await this.once("twin", () => this.observeOn(rows));
  }

  /** Works on a database with the state before and rows, which is dropped at once: a rule may need hundreds in turn. */
  async withDatabase<Result>(rows: GeneratedRows, work: (db: RecordedDatabase) => Promise<Result>): Promise<Result> {
    const db = await this.#open(rows);
    try {
      return await work(db);
    } finally {
      await db.database[Symbol.asyncDispose]();
    }
  }

  async #open({ inserts, level }: GeneratedRows): Promise<RecordedDatabase> {
    const database = await this.resources.databases.clone(baselineRecipe(this.release));
    try {
      const db = await RecordedDatabase.open(database, this.#baselineParts);
      if (inserts !== "") await db.prepare(ROW_TITLES[level], inserts);

      return db;
    } catch (thrown) {
      await database[Symbol.asyncDispose]();
      throw thrown;
    }
  }

  /** The script of a violation, up to where up is applied. */
  scriptBefore({ inserts, level }: GeneratedRows): readonly ScriptPart[] {
    return [...this.#baselineParts, ...(inserts === "" ? [] : [{ title: ROW_TITLES[level], sql: inserts }])];
  }

  async endCase(): Promise<void> {
    // No database outlives its use, but for one that `atEnd` drops.
  }

  async close(): Promise<void> {
    await this.endCase();
  }

  get #baselineParts(): readonly ScriptPart[] {
    return toScriptParts(getBaselineSteps(this.release));
  }
}

export function openContext(resources: TestResources): MigrationWorld {
  return new MigrationWorld(resources);
}
