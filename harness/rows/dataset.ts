/**
 * Datasets as an arbitrary: rows of some tables, from ordinary ones to odd ones and copies of their neighbours. It
 * shrinks to the rows that matter at their simplest values; parents that they require are added when a dataset is
 * materialized, so a dataset may lack them.
 */
import { Arbitrary, type Random, Stream, Value } from "fast-check";
import { copyRow, type Dataset, generateRow, type Hints, type Row } from "./generate-row.ts";
import type { RowPlan, TablePlan } from "./row-plan.ts";
import { DatasetShrinker, isPosition, START } from "./shrink-dataset.ts";
import type { Level } from "./value-request.ts";

export interface DatasetOptions {
  /** The tables to fill, as `schema.name` (default: all). */
  readonly tables?: readonly string[];
  /** At most so many rows a table (default: 5), and at least `rowsMin` (default: 0). */
  readonly rowsMax?: number;
  readonly rowsMin?: number;
  /** `mild`: ordinary rows only, without a NULL that no CHECK demands. Default: all levels. */
  readonly levels?: "mild" | "all";
  readonly hints?: Hints;
}

/** An arbitrary of datasets. */
export function datasets(plan: RowPlan, options: DatasetOptions = {}): Arbitrary<Dataset> {
  return new DatasetArbitrary(plan, options);
}

/** One row in so many is a copy of the one before it, and one in three of those has the case of its texts swapped. */
const COPY_ONE_IN = 3;

class DatasetArbitrary extends Arbitrary<Dataset> {
  readonly #plan: RowPlan;
  readonly #options: DatasetOptions;
  readonly #tables: readonly TablePlan[];
  readonly #shrinker: DatasetShrinker;

  constructor(plan: RowPlan, options: DatasetOptions) {
    super();
    this.#plan = plan;
    this.#options = options;
    this.#shrinker = new DatasetShrinker(plan, options.hints ?? {});
    this.#tables = plan.tables.filter(
      ({ key, unfillable }) =>
        unfillable === undefined && (options.tables === undefined || options.tables.includes(key)),
    );
  }

  override generate(random: Random): Value<Dataset> {
    const { rowsMin = 0, rowsMax = 5 } = this.#options;
    const dataset: Record<string, readonly Row[]> = {};
    for (const of of this.#tables) {
      const count = random.nextInt(rowsMin, rowsMax);
      const rows: Row[] = [];
      for (let index = 0; index < count; index += 1) rows.push(this.#row(of, random, rows.at(-1)));
      if (rows.length > 0) dataset[of.key] = rows;
    }

    return new Value(dataset, START);
  }

  #row(of: TablePlan, random: Random, previous: Row | undefined): Row {
    const { levels = "all", hints = {} } = this.#options;
    if (levels === "all" && previous !== undefined && random.nextInt(1, COPY_ONE_IN) === 1) {
      return copyRow(previous, { plan: this.#plan, of, random }, random.nextInt(1, 3) === 1);
    }
    const level: Level = levels === "all" && random.nextInt(1, 3) === 1 ? "boundary" : "ordinary";

    return generateRow({ plan: this.#plan, of, level, random, hints, isComplete: levels === "mild" });
  }

  override canShrinkWithoutContext(value: unknown): value is Dataset {
    return typeof value === "object" && value !== null;
  }

  override shrink(dataset: Dataset, context: unknown): Stream<Value<Dataset>> {
    return new Stream(this.#shrinker.candidates(dataset, isPosition(context) ? context : START));
  }
}
