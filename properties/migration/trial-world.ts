/** What a migration is tried on: rows in levels, in a database that all trials of a release share. */
import type { Arbitrary } from "fast-check";
import type { Note } from "../../harness/property/verdict.ts";
import { loadParser } from "../../harness/release/parser.ts";
import type { Release } from "../../harness/release/release.ts";
import type { Coverage } from "../../harness/rows/coverage.ts";
import { datasets } from "../../harness/rows/dataset.ts";
import { type Aim, findAims } from "../../harness/rows/directed.ts";
import type { Dataset } from "../../harness/rows/generate-row.ts";
import type { RowChoice, TestResources } from "../../harness/suite/test-resources.ts";
import type { Schemas } from "./model/assumption.ts";
import { findEvaluatedColumns } from "./model/evaluated-columns.ts";
import { findLengths } from "./model/migration-text.ts";
import type { RowLevel, RowSource } from "./observation.ts";
import { aimedDatasets, boundaryDatasets, evaluatedDatasets, foldingAims, mildDatasets } from "./row-sets.ts";
import { type Trial, Trials } from "./trials.ts";

/** What is known of each release; forgotten when all of its rules are checked. */
const known = new WeakMap<Release, Map<string, Promise<unknown>>>();

export class TrialWorld {
  readonly release: Release;
  /** What a world of the same run is created from. */
  readonly resources: TestResources;
  readonly #known: Map<string, Promise<unknown>>;

  constructor(resources: TestResources) {
    const { release } = resources;
    this.release = release;
    this.resources = resources;
    this.#known = known.get(release) ?? new Map<string, Promise<unknown>>();
    if (!known.has(release)) {
      known.set(release, this.#known);
      resources.atEnd?.(async () => void known.delete(release));
    }
  }

  /** Computes a value once for the release; it must not depend on the context that computes it. */
  once<Value>(key: string, compute: () => Promise<Value>): Promise<Value> {
    const value = (this.#known.get(key) as Promise<Value> | undefined) ?? compute();
    this.#known.set(key, value);

    return value;
  }

  get seed(): number {
    return this.resources.seed ?? 1;
  }

  /** Reports what never fails, once: smaller rows are judged again, and say the same. */
  note(note: Note): void {
    void this.once(`note ${JSON.stringify(note)}`, async () => void this.resources.notes?.push(note));
  }

  async trials(): Promise<Trials> {
    return await this.once("trials", async () => {
      const { databases, configuration, atEnd } = this.resources;
      const trials = await Trials.open(this.release, databases, configuration);
      atEnd?.(() => trials.close());
      this.#coverage?.include(trials.free.plan.tables);

      return trials;
    });
  }

  /** Applies up to rows, once for each dataset; nothing stays. */
  async attempt(level: RowLevel, dataset: Dataset, source?: RowSource): Promise<Trial> {
    const trials = await this.trials();
    const from = source ?? trials.free;
    const conditions = from.assumptions.map(({ key, condition }) => [key, condition]);

    return await this.once(`attempt ${JSON.stringify([dataset, conditions])}`, async () => {
      const trial = await trials.attempt(level, dataset, from);
      this.#coverage?.record(trial.rows.filled);

      return trial;
    });
  }

  /** The properties of a release report the rows that they insert themselves. */
  get #coverage(): Coverage | undefined {
    return this.release.properties === undefined ? this.resources.coverage : undefined;
  }

  /** Three ordinary rows a table. */
  async mild(source: RowSource): Promise<readonly Dataset[]> {
    return this.#rows === "none" ? [] : mildDatasets(await this.trials(), source, this.seed);
  }

  /** Ordinary and odd rows. */
  async boundary(source: RowSource): Promise<readonly Dataset[]> {
    return this.#areAllRows
      ? boundaryDatasets(await this.trials(), source, this.seed, findLengths(this.release.lists.migrate))
      : [];
  }

  /** Rows aimed at what the schema after demands, at keys that an UPDATE may make equal, and at what is evaluated. */
  async directed(source: RowSource): Promise<readonly Dataset[]> {
    if (!this.#areAllRows) return [];
    const trials = await this.trials();

    const parser = await loadParser();
    const aims = [...(await this.aims()), ...(this.#updates ? foldingAims(source) : [])];
    const statements = this.release.lists.migrate.flatMap((step) => step.statements);
    const columns = findEvaluatedColumns(parser, statements, source.plan.schema);

    return [
      ...aimedDatasets(trials, source, aims, parser, this.seed),
      ...evaluatedDatasets(trials, source, columns, this.seed),
    ];
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

  /** Makes datasets of the source smaller, whatever their level. */
  async shrinker({ plan }: RowSource): Promise<Arbitrary<Dataset>> {
    const { hints } = await this.trials();

    return datasets(plan, { hints });
  }

  get #updates(): boolean {
    return this.release.lists.migrate.some(({ source }) => /\bUPDATE\b/i.test(source));
  }

  get #areAllRows(): boolean {
    return this.#rows === "all";
  }

  get #rows(): RowChoice {
    return this.release.origin?.ownRowsOnly === true ? "none" : (this.resources.rows ?? "all");
  }
}
