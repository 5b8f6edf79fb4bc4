/**
 * Datasets as an arbitrary: rows of some tables, from ordinary ones to odd ones and copies of their neighbours. It
 * shrinks to the rows that matter at their simplest values; parents that they require are added when a dataset is
 * materialized, so a dataset may lack them.
 */
import { Arbitrary, Random, Stream, Value } from "fast-check";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { copyRow, generateRow, type Hints, type Row } from "./generate-row.ts";
import type { RowPlan, TablePlan } from "./row-plan.ts";
import type { Cell, Level } from "./value-request.ts";

/** Rows by `schema.name` of their table. */
export type Dataset = Readonly<Record<string, readonly Row[]>>;

export interface DatasetOptions {
  /** The tables to fill, as `schema.name` (default: all). */
  readonly tables?: readonly string[];
  /** At most so many rows a table (default: 5), and at least `rowsMin` (default: 0). */
  readonly rowsMax?: number;
  readonly rowsMin?: number;
  /** `mild`: ordinary rows only. Default: all levels. */
  readonly levels?: "mild" | "all";
  readonly hints?: Hints;
}

/** An arbitrary of datasets. */
export function datasets(plan: RowPlan, options: DatasetOptions = {}): Arbitrary<Dataset> {
  return new DatasetArbitrary(plan, options);
}

/** A random source of its own, for what must depend on nothing else. */
export function randomFrom(seed: number): Random {
  return new Random(xoroshiro128plus(seed));
}

/** One row in so many is a copy of the one before it, and one in three of those has the case of its texts swapped. */
const COPY_ONE_IN = 3;

class DatasetArbitrary extends Arbitrary<Dataset> {
  readonly #plan: RowPlan;
  readonly #options: DatasetOptions;
  readonly #tables: readonly TablePlan[];

  constructor(plan: RowPlan, options: DatasetOptions) {
    super();
    this.#plan = plan;
    this.#options = options;
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
    const { levels = "all", hints } = this.#options;
    if (levels === "all" && previous !== undefined && random.nextInt(1, COPY_ONE_IN) === 1) {
      return copyRow(previous, { plan: this.#plan, of, random }, random.nextInt(1, 3) === 1);
    }
    const level: Level = levels === "all" && random.nextInt(1, 3) === 1 ? "boundary" : "ordinary";

    return generateRow({ plan: this.#plan, of, level, random, ...(hints === undefined ? {} : { hints }) });
  }

  override canShrinkWithoutContext(value: unknown): value is Dataset {
    return typeof value === "object" && value !== null;
  }

  override shrink(dataset: Dataset, context: unknown): Stream<Value<Dataset>> {
    return new Stream(this.#candidates(dataset, isPosition(context) ? context : START));
  }

  /** Smaller datasets in phases; each knows where to go on, so that what did not help is not tried again. */
  *#candidates(dataset: Dataset, { phase, index }: ShrinkPosition): IterableIterator<Value<Dataset>> {
    const phases = [
      removeTables(chunks),
      removeTables(singles),
      removeRows(chunks),
      removeRows(singles),
      this.#simplifyRows,
      this.#simplifyCells(chunks),
      this.#simplifyCells(singles),
      this.#simplifyPicks,
      shortenCells,
    ];
    for (let current = phase; current < phases.length; current += 1) {
      let at = 0;
      for (const smaller of phases[current]?.(dataset) ?? []) {
        if (current > phase || at >= index) yield new Value(smaller, { phase: current, index: at });
        at += 1;
      }
    }
  }

  readonly #simplifyRows: Phase = (dataset) =>
    mapRows(dataset, (key, row) => {
      const simple = this.#simplest(key);

      return simple === undefined || isSame(simple, row) ? [] : [simple];
    });

  /** Cells that are not at their simplest yet become so. */
  #simplifyCells(choose: Choose): Phase {
    return (dataset) =>
      mapRows(dataset, (key, row) => {
        const simple = this.#simplest(key, row.alternatives)?.cells ?? row.cells;
        const odd = Object.keys(row.cells).filter((name) => row.cells[name] !== simple[name]);

        return choose(odd).map((names) => {
          const cells = Object.fromEntries(names.map((name) => [name, simple[name]]));

          return { ...row, cells: { ...row.cells, ...cells } };
        });
      });
  }

  /** Optional parents go; others become the first one. */
  readonly #simplifyPicks: Phase = (dataset) =>
    mapRows(dataset, (key, row) =>
      Object.entries(row.picks).flatMap(([link, pick]) => {
        const { [link]: _, ...others } = row.picks;
        const isRequired = this.#plan.byKey.get(key)?.links.some(({ name, required }) => name === link && required);
        const first = pick > 0 ? [{ ...row, picks: { ...row.picks, [link]: 0 } }] : [];

        return isRequired === true ? first : [{ ...row, picks: others }, ...first];
      }),
    );

  /** The simplest row, or the simplest one that satisfies the same alternatives. */
  #simplest(key: string, alternatives?: readonly number[]): Row | undefined {
    const of = this.#plan.byKey.get(key);
    if (of === undefined) return undefined;
    const { hints } = this.#options;
    const more = hints === undefined ? {} : { hints };

    return generateRow({ plan: this.#plan, of, level: "simplest", random: randomFrom(1), ...more }, alternatives);
  }
}

/** Smaller datasets of one kind. */
type Phase = (dataset: Dataset) => Iterable<Dataset>;
/** Groups of items to try together. */
type Choose = <Item>(items: readonly Item[]) => readonly (readonly Item[])[];

/** Where shrinking goes on: the phase, and the number of its candidates that were tried. */
interface ShrinkPosition {
  readonly phase: number;
  readonly index: number;
}

const START: ShrinkPosition = { phase: 0, index: 0 };

function isPosition(context: unknown): context is ShrinkPosition {
  return typeof context === "object" && context !== null && "phase" in context;
}

function removeTables(choose: Choose): Phase {
  return function* (dataset) {
    for (const gone of choose(Object.keys(dataset))) {
      yield Object.fromEntries(Object.entries(dataset).filter(([key]) => !gone.includes(key)));
    }
  };
}

function removeRows(choose: Choose): Phase {
  return function* (dataset) {
    for (const [key, rows] of Object.entries(dataset)) {
      for (const gone of choose(rows.map((_, index) => index))) {
        yield { ...dataset, [key]: rows.filter((_, index) => !gone.includes(index)) };
      }
    }
  };
}

const shortenCells: Phase = (dataset) =>
  mapRows(dataset, (_, row) =>
    Object.entries(row.cells).flatMap(([name, value]) =>
      shorten(value).map((shorter) => ({ ...row, cells: { ...row.cells, [name]: shorter } })),
    ),
  );

function shorten(value: Cell): string[] {
  if (typeof value !== "string" || value.length < 2 || /^[\d.:\s+-]{8,}$|^[{["(]/.test(value)) return [];
  if (/^-?\d+$/.test(value)) return [String(BigInt(value) / 2n)];

  return [value.slice(0, Math.ceil(value.length / 2)), value.slice(1), value.slice(0, -1)];
}

/** The dataset with each row replaced by each of its simpler ones in turn. */
function* mapRows(dataset: Dataset, simpler: (key: string, row: Row) => readonly Row[]): Generator<Dataset> {
  for (const [key, rows] of Object.entries(dataset)) {
    for (const [index, row] of rows.entries()) {
      for (const other of simpler(key, row)) {
        yield { ...dataset, [key]: rows.map((old, at) => (at === index ? other : old)) };
      }
    }
  }
}

/** All items, then their halves, quarters, … of two and more. */
const chunks: Choose = (items) => {
  const sizes: number[] = [];
  for (let size = items.length; size > 1; size = Math.ceil(size / 2)) sizes.push(size);

  return sizes.flatMap((size) =>
    Array.from({ length: Math.ceil(items.length / size) }, (_, index) => items.slice(index * size, (index + 1) * size)),
  );
};

const singles: Choose = (items) => items.map((item) => [item]);

function isSame(left: Row, right: Row): boolean {
  return JSON.stringify([left.cells, left.picks]) === JSON.stringify([right.cells, right.picks]);
}
