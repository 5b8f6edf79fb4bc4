/** The rows that a migration is tried on, in levels; the same seed gives the same rows. */
import { type Arbitrary, sample } from "fast-check";
import type { Parser } from "../../harness/release/parser.ts";
import { type DatasetOptions, datasets } from "../../harness/rows/dataset.ts";
import { type Aim, directedDatasets } from "../../harness/rows/directed.ts";
import type { Dataset } from "../../harness/rows/generate-row.ts";
import type { Trials } from "./trials.ts";

const MILD: DatasetOptions = { levels: "mild", rowsMin: 3, rowsMax: 3 };
const BOUNDARY: DatasetOptions = { levels: "all", rowsMin: 2, rowsMax: 6 };
const BOUNDARY_DATASETS = 8;
const DIRECTED_DATASETS = 2;
/** More constraints than these are not aimed at. */
const AIMS_MAX = 24;

export interface DatasetSource {
  readonly arbitrary: Arbitrary<Dataset>;
  readonly datasets: readonly Dataset[];
}

export function mildDatasets({ plan, hints }: Trials, seed: number): DatasetSource {
  return draw(datasets(plan, { ...MILD, hints }), 1, seed);
}

export function boundaryDatasets({ plan, hints }: Trials, seed: number): DatasetSource {
  return draw(datasets(plan, { ...BOUNDARY, hints }), BOUNDARY_DATASETS, seed);
}

/** Rows aimed at each constraint. */
export function directedSources(
  { plan, hints }: Trials,
  aims: readonly Aim[],
  parser: Parser,
  seed: number,
): readonly DatasetSource[] {
  return aims.slice(0, AIMS_MAX).flatMap((aim) => {
    const arbitrary = directedDatasets(plan, aim, parser, { hints });

    return arbitrary === undefined ? [] : [draw(arbitrary, DIRECTED_DATASETS, seed)];
  });
}

function draw(arbitrary: Arbitrary<Dataset>, numRuns: number, seed: number): DatasetSource {
  return { arbitrary, datasets: sample(arbitrary, { numRuns, seed }) };
}
