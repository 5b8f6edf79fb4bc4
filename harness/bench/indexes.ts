/**
 * Judges what the indexes of a migration are worth and what they cost (pure). Whether the planner uses an index, and
 * whether it could, are two questions; the cost is the additional WAL per call and the loss of heap-only updates.
 */

import type { BudgetViolation, Judgement } from "./judge.ts";
import type { Budget } from "./load-gates.ts";
import { formatBytes, formatNumber, formatPercentage } from "./number-format.ts";
import type { Counts } from "./plans/facts.ts";

/** An index that the migration creates. */
export interface IndexUsage {
  readonly name: string;
  readonly definition: string;
  /** The queries whose plans use it. */
  readonly chosenBy: readonly string[];
  /** Those whose plans use it with sequential scans disabled. */
  readonly usableFor: readonly string[];
  /** The counts per call without it. */
  readonly without: Counts;
}

export interface IndexStudy {
  /** The rows at which plans were made. */
  readonly rows: number;
  /** The rows at which the workload was counted. */
  readonly workloadRows: number;
  /** The counts per call with all indexes. */
  readonly workload: Counts;
  readonly indexes: readonly IndexUsage[];
  /** The counts per call without any index that no query uses; undefined if each is used. */
  readonly withoutUnused?: Counts | undefined;
  /** Indexes of another release that this one does not create. */
  readonly omitted: readonly (Pick<IndexUsage, "name" | "chosenBy"> & {
    /** The counts per call with it. */
    readonly workload: Counts;
  })[];
  /** Lists of queries that the release does not have. */
  readonly missingLists: readonly string[];
  /** Queries that cannot be planned in this state, and why. */
  readonly unplanned: readonly string[];
}

/** Each index is used by some query. */
export function judgeUsedIndexes({ rows, workload, indexes }: IndexStudy): Judgement {
  const violations = indexes
    .filter(({ chosenBy }) => chosenBy.length === 0)
    .map((index) => ({
      subject: index.name,
      expected: `an index that the planner chooses for some documented query at ${formatNumber(rows)} rows`,
      got: `it is chosen for none; ${describePotential(index)}; ${describeCost(index.without, workload)}`,
      hint: "Remove the index, or write the query that it is meant for",
    }));

  return { violations, undecided: [] };
}

/** Calls keep their heap-only updates, unless an index that some query needs prevents them. */
export function judgeHotUpdates(study: IndexStudy, { hotShareMin = 0 }: Budget): Judgement {
  const share = study.workload.hotShare;
  const shareWithout = study.withoutUnused?.hotShare;
  if (share === undefined) return { violations: [], undecided: ["this server does not count heap-only updates"] };
  if (share >= hotShareMin || shareWithout === undefined || shareWithout <= share) {
    return { violations: [], undecided: [] };
  }
  const unused = study.indexes.filter(({ chosenBy }) => chosenBy.length === 0).map(({ name }) => name);
  const violation: BudgetViolation = {
    subject: unused.join(", "),
    expected: `at least ${formatPercentage(hotShareMin)} heap-only updates, or an index in return that some query uses`,
    got: `${describeWrites(study.workload)}; without the indexes that no query uses ${describeWrites(study.withoutUnused ?? {})}`,
    hint: "Remove indexes on columns that each call changes",
  };

  return { violations: [violation], undecided: [] };
}

/** A line for each index. */
export function describeIndexes({ rows, workload, indexes, omitted, unplanned }: IndexStudy): readonly string[] {
  const at = `at ${formatNumber(rows)} rows`;

  return [
    ...indexes.map((index) => {
      const usage =
        index.chosenBy.length > 0
          ? `chosen for ${index.chosenBy.join(", ")} ${at}`
          : `chosen for no query ${at}; ${describePotential(index)}`;

      return `${index.name}: ${usage}; ${describeCost(index.without, workload)}`;
    }),
    ...omitted.map(({ name, chosenBy, workload: withIndex }) => {
      const queries = chosenBy.length > 0 ? chosenBy.join(", ") : "no query";

      return `${name}, which this release omits, would be chosen for ${queries}; ${describeCost(workload, withIndex)}`;
    }),
    ...unplanned,
  ];
}

function describePotential({ usableFor }: IndexUsage): string {
  return usableFor.length > 0
    ? `with sequential scans disabled it serves ${usableFor.join(", ")}`
    : "it could serve none";
}

function describeCost(without: Counts, withIndex: Counts): string {
  const bytes = Math.round((withIndex.walBytes ?? 0) - (without.walBytes ?? 0));
  const shares =
    without.hotShare === undefined || withIndex.hotShare === undefined
      ? ""
      : `, heap-only updates ${formatPercentage(withIndex.hotShare)} with and ${formatPercentage(without.hotShare)} without it`;

  return `each call logs ${formatBytes(Math.abs(bytes))} ${bytes < 0 ? "less" : "more"} with it${shares}`;
}

function describeWrites({ hotShare = 0, walBytes = 0, indexWrites }: Counts): string {
  const entries = indexWrites === undefined ? "" : ` and ${formatNumber(indexWrites)} index entries`;

  return `${formatPercentage(hotShare)} heap-only updates, ${formatBytes(walBytes)} of WAL${entries} per call`;
}
