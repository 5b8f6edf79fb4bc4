/**
 * What the rules of any migration work with: generated rows, and what up does to them. All that is observed is observed
 * once for a release, whichever rule asks first.
 */
import type { Arbitrary } from "fast-check";
import { readSnapshot } from "../../harness/catalog/snapshot.ts";
import { Inconclusive } from "../../harness/errors.ts";
import { RecordedDatabase } from "../../harness/property/recorded-database.ts";
import type { TestContext } from "../../harness/property/test-context.ts";
import type { Note } from "../../harness/property/verdict.ts";
import { describeFailedStatement } from "../../harness/release/apply.ts";
import { loadParser } from "../../harness/release/parser.ts";
import { baselineRecipe, getBaselineSteps } from "../../harness/release/recipes.ts";
import type { Release } from "../../harness/release/release.ts";
import { type ScriptPart, toScriptParts } from "../../harness/release/script-part.ts";
import { datasets } from "../../harness/rows/dataset.ts";
import { type Aim, findAims } from "../../harness/rows/directed.ts";
import type { Dataset } from "../../harness/rows/generate-row.ts";
import type { TestResources } from "../../harness/suite/test-resources.ts";
import { applyWithin } from "./apply-within.ts";
import type { Schemas } from "./model/assumption.ts";
import type { GeneratedRows, MigrationObservation } from "./observation.ts";
import { aimedDatasets, boundaryDatasets, mildDatasets } from "./row-sets.ts";
import { type Trial, Trials } from "./trials.ts";

const NO_ROWS: GeneratedRows = { level: "empty", dataset: {}, filled: [], inserts: "" };

/** So many boundary datasets are tried until one is decisive. */
const BOUNDARY_DECISIVE = 3;

/** What is known of each release; forgotten when all of its rules are checked. */
const known = new WeakMap<Release, Map<string, Promise<unknown>>>();

export class MigrationWorld implements TestContext {
  readonly release: Release;
  readonly #resources: TestResources;
  readonly #known: Map<string, Promise<unknown>>;
  readonly #opened: RecordedDatabase[] = [];

  constructor(resources: TestResources) {
    const { release } = resources;
    this.release = release;
    this.#resources = resources;
    this.#known = known.get(release) ?? new Map<string, Promise<unknown>>();
    if (!known.has(release)) {
      known.set(release, this.#known);
      resources.atEnd?.(async () => void known.delete(release));
    }
  }

  /** What a world of the same run is created from. */
  get resources(): TestResources {
    return this.#resources;
  }

  /** Computes a value once for the release; it must not depend on the context that computes it. */
  once<Value>(key: string, compute: () => Promise<Value>): Promise<Value> {
    const value = (this.#known.get(key) as Promise<Value> | undefined) ?? compute();
    this.#known.set(key, value);

    return value;
  }

  get seed(): number {
    return this.#resources.seed ?? 1;
  }

  /** Reports what never fails. */
  note(note: Note): void {
    this.#resources.notes?.push(note);
  }

  async trials(): Promise<Trials> {
    return await this.once("trials", async () => {
      const { databases, configuration, atEnd } = this.#resources;
      const trials = await Trials.open(this.release, databases, configuration);
      atEnd?.(() => trials.close());

      return trials;
    });
  }

  /** Applies up to rows, once for each dataset; nothing stays. */
  async attempt(level: GeneratedRows["level"], dataset: Dataset): Promise<Trial> {
    const trials = await this.trials();

    return await this.once(`attempt ${JSON.stringify(dataset)}`, () => trials.attempt(level, dataset));
  }

  async mild(): Promise<readonly Dataset[]> {
    return this.#resources.rows === "none" ? [] : mildDatasets(await this.trials(), this.seed);
  }

  async boundary(): Promise<readonly Dataset[]> {
    return this.#areAllRows ? boundaryDatasets(await this.trials(), this.seed) : [];
  }

  async directed(): Promise<readonly Dataset[]> {
    if (!this.#areAllRows) return [];
    const trials = await this.trials();

    return aimedDatasets(trials, await this.aims(), await loadParser(), this.seed);
  }

  /** What the schema after demands and the one before does not; empty where up fails on empty tables. */
  async aims(): Promise<readonly Aim[]> {
    const schemas = await this.schemas();

    return schemas === undefined ? [] : findAims(schemas.before, schemas.after);
  }

  /** The schemas before and after; undefined where up fails on empty tables. */
  async schemas(): Promise<Schemas | undefined> {
    return await this.once("schemas", async () => (await this.trials()).schemas());
  }

  /** Makes datasets of any level smaller. */
  async shrinker(): Promise<Arbitrary<Dataset>> {
    const { plan, hints } = await this.trials();

    return datasets(plan, { hints });
  }

  get #areAllRows(): boolean {
    return (this.#resources.rows ?? "all") === "all";
  }

  /**
   * The rows that all rules are decided on: boundary rows, or mild ones where up refuses those, or none.
   * @throws Inconclusive if up fails even on empty tables
   */
  async decisiveRows(): Promise<GeneratedRows> {
    return await this.once("decisive", async () => {
      const candidates = [
        ...(await this.boundary()).slice(0, BOUNDARY_DECISIVE).map((dataset) => ["boundary", dataset] as const),
        ...(await this.mild()).map((dataset) => ["mild", dataset] as const),
      ];
      for (const [level, dataset] of candidates) {
        const { rows, failure } = await this.attempt(level, dataset);
        if (failure === undefined) return rows;
      }

      return NO_ROWS;
    });
  }

  /** What up does to the decisive rows. */
  async observe(): Promise<MigrationObservation> {
    const rows = await this.decisiveRows();

    return await this.once("observation", () => this.observeOn(rows));
  }

  /**
   * Applies up to rows, in a database of its own.
   * @throws Inconclusive if it fails
   */
  async observeOn(rows: GeneratedRows): Promise<MigrationObservation> {
    const db = await this.open(rows);
    const before = await readSnapshot(await db.database.observer());
    const { applied: up, failure } = await applyWithin(db.session, this.release.lists.migrate);
    if (failure !== undefined) {
      throw new Inconclusive(`up fails on ${rows.level} tables: ${describeFailedStatement(failure)}`, {
        blocked: true,
      });
    }
    const after = await readSnapshot(await db.database.observer());
    await this.#close(db);

    return { rows, before, up, after };
  }

  /** What a second identical run leaves: cells and facts that differ from the first are unstable. */
  async twin(): Promise<MigrationObservation> {
    const { rows } = await this.observe();

    return await this.once("twin", () => this.observeOn(rows));
  }

  /** Opens a database with the state before and rows; it ends with the case at the latest. */
  async open({ inserts, level }: GeneratedRows): Promise<RecordedDatabase> {
    const database = await this.#resources.databases.clone(baselineRecipe(this.release));
    const db = await RecordedDatabase.open(database, this.#baselineParts);
    this.#opened.push(db);
    if (inserts !== "") await db.prepare(`${level} rows`, inserts);

    return db;
  }

  /** The script of a violation, up to where up is applied. */
  scriptBefore({ inserts, level }: GeneratedRows): readonly ScriptPart[] {
    return [...this.#baselineParts, ...(inserts === "" ? [] : [{ title: `${level} rows`, sql: inserts }])];
  }

  async endCase(): Promise<void> {
    await Promise.all(this.#opened.splice(0).map(({ database }) => database[Symbol.asyncDispose]()));
  }

  async close(): Promise<void> {
    await this.endCase();
  }

  async #close(db: RecordedDatabase): Promise<void> {
    this.#opened.splice(this.#opened.indexOf(db), 1);
    await db.database[Symbol.asyncDispose]();
  }

  get #baselineParts(): readonly ScriptPart[] {
    return toScriptParts(getBaselineSteps(this.release));
  }
}

export function openContext(resources: TestResources): MigrationWorld {
  return new MigrationWorld(resources);
}
