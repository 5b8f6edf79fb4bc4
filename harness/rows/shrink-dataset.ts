/**
 * Makes a dataset smaller step by step (pure): to the rows that matter at their simplest values, with as few rows as
 * their required parents allow.
 */
import { Value } from "fast-check";
import { type Dataset, demandsOf, generateCell, generateRow, type Hints, type Row } from "./generate-row.ts";
import { randomFrom } from "./random-from.ts";
import type { RowPlan } from "./row-plan.ts";
import type { Cell } from "./value-request.ts";

/** The phase that goes on after tables were replaced by their parents. */
const REMOVE_SINGLE_TABLES = 1;

export class DatasetShrinker {
  readonly #plan: RowPlan;
  readonly #hints: Hints;

  constructor(plan: RowPlan, hints: Hints) {
    this.#plan = plan;
    this.#hints = hints;
  }

  /** Smaller datasets in phases; each knows where to go on, so that what did not help is not tried again. */
  *candidates(dataset: Dataset, { phase, index }: ShrinkPosition): IterableIterator<Value<Dataset>> {
    const phases = [
      removeTables(chunks),
      removeTables(singles),
      this.#promoteParents,
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
        const next =
          phases[current] === this.#promoteParents
            ? { phase: REMOVE_SINGLE_TABLES, index: 0 }
            : { phase: current, index: at };
        if (current > phase || at >= index) yield new Value(smaller, next);
        at += 1;
      }
    }
  }

  /**
   * Rows that matter for their parents alone give way to these: one simplest row in each table of a parent, or one for
   * each row.
   */
  readonly #promoteParents: Phase = (dataset) =>
    Object.entries(dataset).flatMap(([key, rows]) => {
      const parents = (this.#plan.byKey.get(key)?.links ?? [])
        .filter(({ name, required, parent }) => parent !== key && (required || rows.some(({ picks }) => name in picks)))
        .flatMap(({ parent }) => (parent in dataset ? [] : [[parent, this.#simplest(parent)] as const]));
      const { [key]: _, ...others } = dataset;

      return (parents.length === 0 ? [] : [...new Set([1, rows.length])]).map((count) => ({
        ...others,
        ...Object.fromEntries(
          parents.map(([parent, row]) => [parent, row === undefined ? [] : Array.from({ length: count }, () => row)]),
        ),
      }));
    });

  readonly #simplifyRows: Phase = (dataset) =>
    mapRows(dataset, (key, row) => {
      const simple = this.#simplest(key);

      return simple === undefined || isSame(simple, row) ? [] : [simple];
    });

  /** Cells that are not at their simplest yet become so; one that must not be NULL becomes the simplest value. */
  #simplifyCells(choose: Choose): Phase {
    return (dataset) =>
      mapRows(dataset, (key, row) => {
        const simple = this.#simplest(key, row.alternatives)?.cells ?? row.cells;
        const odd = Object.keys(row.cells).filter((name) => row.cells[name] !== simple[name]);

        return choose(odd).flatMap((names) => {
          const [name, ...others] = names;
          const value = name === undefined || others.length > 0 ? undefined : this.#simplestValue(key, row, name);
          const cells = [
            Object.fromEntries(names.map((changed) => [changed, simple[changed]])),
            ...(name === undefined || typeof value !== "string" || value === row.cells[name]
              ? []
              : [{ [name]: value }]),
          ];

          return cells.map((changed) => ({ ...row, cells: { ...row.cells, ...changed } }));
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

    return of === undefined
      ? undefined
      : generateRow(
          { plan: this.#plan, of, level: "simplest", random: randomFrom(1), hints: this.#hints },
          alternatives,
        );
  }

  /** The simplest value but NULL and DEFAULT. */
  #simplestValue(key: string, row: Row, name: string): Cell {
    const of = this.#plan.byKey.get(key);
    const planned = of?.columns.find(({ column }) => column.name === name);
    if (of === undefined || planned === undefined) return undefined;

    return generateCell(
      { plan: this.#plan, of, level: "simplest", random: randomFrom(1) },
      { ...planned, column: { ...planned.column, notNull: true }, hasConstantDefault: false },
      demandsOf(of, row.alternatives),
      row.cells,
    );
  }
}

/** Smaller datasets of one kind. */
type Phase = (dataset: Dataset) => Iterable<Dataset>;
/** Groups of items to try together. */
type Choose = <Item>(items: readonly Item[]) => readonly (readonly Item[])[];

/** Where shrinking goes on: the phase, and the number of its candidates that were tried. */
export interface ShrinkPosition {
  readonly phase: number;
  readonly index: number;
}

export const START: ShrinkPosition = { phase: 0, index: 0 };

export function isPosition(context: unknown): context is ShrinkPosition {
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
