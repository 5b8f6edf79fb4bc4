/** The rows that a migration is tried on, in levels; the same seed gives the same rows. */
import { type Arbitrary, sample } from "fast-check";
import type { Parser } from "../../harness/release/parser.ts";
import { type DatasetOptions, datasets } from "../../harness/rows/dataset.ts";
import { type Aim, directedDatasets } from "../../harness/rows/directed.ts";
import type { Dataset } from "../../harness/rows/generate-row.ts";
import { type ColumnName, oddDatasets } from "../../harness/rows/odd-rows.ts";
import type { RowPlan } from "../../harness/rows/row-plan.ts";
import type { EvaluatedColumn } from "./model/evaluated-columns.ts";
import { withLongTexts } from "./model/long-texts.ts";
import { withNearKeys } from "./model/near-keys.ts";
import { withZeros } from "./model/zero-rows.ts";
import type { RowSource } from "./observation.ts";
import type { Trials } from "./trials.ts";

const MILD: DatasetOptions = { levels: "mild", rowsMin: 3, rowsMax: 3 };
const BOUNDARY: DatasetOptions = { levels: "all", rowsMin: 3, rowsMax: 8 };
/** Fewer where each needs a database of its own. */
const BOUNDARY_DATASETS = { cheap: 8, costly: 3 };
const DIRECTED_DATASETS = { cheap: 2, costly: 1 };
/** More constraints than these are not aimed at. */
const AIMS_MAX = 24;

export function mildDatasets({ hints }: Trials, { plan }: RowSource, seed: number): readonly Dataset[] {
  return draw(plan, datasets(plan, { ...MILD, hints }), 1, seed);
}

/** @param lengths that the migration may limit texts to: one more is tried for each */
export function boundaryDatasets(
  { hints, isCheap }: Trials,
  { plan }: RowSource,
  seed: number,
  lengths: readonly number[] = [],
): readonly Dataset[] {
  const count = isCheap ? BOUNDARY_DATASETS.cheap : BOUNDARY_DATASETS.costly;

  const drawn = draw(plan, datasets(plan, { ...BOUNDARY, hints }), count, seed);

  const [first] = drawn;
  if (first === undefined) return drawn;

  return [...drawn, withZeros(first, plan), ...(lengths.length === 0 ? [] : [withLongTexts(first, plan, lengths)])];
}

/** Each unique key with a text: rows that are equal but for the case of their letters. */
export function foldingAims({ plan }: RowSource): readonly Aim[] {
  return plan.tables.flatMap(({ key: table, table: { columns }, uniqueKeys }) =>
    uniqueKeys
      .filter((key) => key.columns.some((name) => columns.some((one) => one.name === name && TEXT.test(one.typeName))))
      .map(({ name: constraint, columns: names }) => ({
        table,
        constraint,
        kind: "unique",
        columns: names,
        folded: true,
      })),
  );
}

const TEXT = /^(?:text|character varying)/;

/** Rows aimed at each constraint, whatever their ids. */
export function aimedDatasets(
  { hints, isCheap }: Trials,
  { plan }: RowSource,
  aims: readonly Aim[],
  parser: Parser,
  seed: number,
): readonly Dataset[] {
  const numRuns = isCheap ? DIRECTED_DATASETS.cheap : DIRECTED_DATASETS.costly;

  return aims.slice(0, AIMS_MAX).flatMap((aim) => {
    const arbitrary = directedDatasets(plan, aim, parser, { hints });

    return arbitrary === undefined ? [] : sample(arbitrary, { numRuns, seed });
  });
}

/** So many columns are tried; fewer where each needs a database of its own. */
const COLUMNS_MAX = { cheap: 16, costly: 1 };

/** Rows with odd values in each column that the migration evaluates. */
export function evaluatedDatasets(
  { hints, isCheap }: Trials,
  { plan }: RowSource,
  columns: readonly EvaluatedColumn[],
  seed: number,
): readonly Dataset[] {
  const [count, numRuns] = isCheap
    ? [COLUMNS_MAX.cheap, DIRECTED_DATASETS.cheap]
    : [COLUMNS_MAX.costly, DIRECTED_DATASETS.costly];

  return columns.slice(0, count).flatMap((column) => {
    const arbitrary = oddDatasets(plan, column, { hints, tables: column.tables });

    return arbitrary === undefined ? [] : sample(arbitrary, { numRuns, seed });
  });
}

/** Rows with each odd value of columns, one column a row; undefined where they have none. */
export function oddValues(
  { hints }: Trials,
  { plan }: RowSource,
  columns: readonly ColumnName[],
  seed: number,
): Dataset | undefined {
  const drawn = columns.flatMap((column) => {
    const arbitrary = oddDatasets(plan, column, { hints });

    return arbitrary === undefined ? [] : sample(arbitrary, { numRuns: 1, seed });
  });
  const tables = [...new Set(drawn.flatMap((dataset) => Object.keys(dataset)))];
  if (tables.length === 0) return undefined;

  return Object.fromEntries(tables.map((table) => [table, drawn.flatMap((dataset) => dataset[table] ?? [])]));
}

function draw(plan: RowPlan, arbitrary: Arbitrary<Dataset>, numRuns: number, seed: number): readonly Dataset[] {
  return sample(arbitrary, { numRuns, seed }).map((dataset) => withNearKeys(dataset, plan));
}
