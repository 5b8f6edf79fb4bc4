/**
 * What an index is worth and what it costs (pure). Whether the planner chooses it and whether it could serve at all are
 * two questions with two answers; what it costs is what a use logs more and what share of its updates stops to be
 * heap-only.
 */
import type { Budget } from "./budget.ts";
import type { Breach, Judgement } from "./judge.ts";
import type { Counts } from "./plans/facts.ts";
import { bytesOf, numberOf } from "./statement-lookup.ts";

/** One index that the migration makes. */
export interface IndexFacts {
  readonly name: string;
  readonly definition: string;
  /** The queries whose plans use it. */
  readonly chosenBy: readonly string[];
  /** Those whose plans use it where a sequential scan is forbidden. */
  readonly couldServe: readonly string[];
  /** What one use counts without it. */
  readonly without: Counts;
}

export interface IndexStudy {
  /** The rows at which plans were made, and those at which the use was counted. */
  readonly rows: number;
  readonly useRows: number;
  readonly use: Counts;
  readonly indexes: readonly IndexFacts[];
  /** One use without any index that no query chooses; left out where each is chosen. */
  readonly withoutUnchosen?: Counts;
  /** Indexes that another release makes and this one leaves out, and what each would cost. */
  readonly leftOut: readonly LeftOut[];
  /** Lists of queries that the release does not have. */
  readonly lacking: readonly string[];
  /** Queries that cannot be planned in this state, and why. */
  readonly unplanned: readonly string[];
}

export interface LeftOut {
  readonly name: string;
  readonly chosenBy: readonly string[];
  /** One use with it. */
  readonly use: Counts;
}

/** Each index serves some query. */
export function judgeChosen({ rows, use, indexes }: IndexStudy): Judgement {
  const breaches = indexes
    .filter(({ chosenBy }) => chosenBy.length === 0)
    .map((index) => ({
      subject: index.name,
      expected: `an index that the planner chooses for some documented query at ${numberOf(rows)} rows`,
      got: `it is chosen for none; ${couldOf(index)}; ${costOf(index.without, use)}`,
      hint: "Leave the index out, or write the query that it is meant for",
    }));

  return { breaches, doubts: [] };
}

/** A use keeps its heap-only updates, unless what it loses them to is an index that some query needs. */
export function judgeRepaid(study: IndexStudy, { hotShareMin = 0 }: Budget): Judgement {
  const share = study.use.hotShare;
  const freed = study.withoutUnchosen?.hotShare;
  if (share === undefined) return { breaches: [], doubts: ["this server does not count heap-only updates"] };
  if (share >= hotShareMin || freed === undefined || freed <= share) return { breaches: [], doubts: [] };
  const guilty = study.indexes.filter(({ chosenBy }) => chosenBy.length === 0).map(({ name }) => name);
  const breach: Breach = {
    subject: guilty.join(", "),
    expected: `at least ${percent(hotShareMin)} heap-only updates, or an index in return that some query uses`,
    got: `${percent(share)} heap-only updates, ${writesOf(study.use)}; without the indexes that no query uses ${percent(
      freed,
    )}, ${writesOf(study.withoutUnchosen ?? {})}`,
    hint: "Leave out indexes on columns that each use changes",
  };

  return { breaches: [breach], doubts: [] };
}

/** What a reader wants to know of each index, a line each. */
export function tellIndexes({ rows, use, indexes, leftOut, unplanned }: IndexStudy): readonly string[] {
  return [
    ...indexes.map(
      (index) =>
        `${index.name}: ${
          index.chosenBy.length > 0
            ? `chosen for ${index.chosenBy.join(", ")} at ${numberOf(rows)} rows`
            : `chosen for no query at ${numberOf(rows)} rows; ${couldOf(index)}`
        }; ${costOf(index.without, use)}`,
    ),
    ...leftOut.map(
      ({ name, chosenBy, use: withIt }) =>
        `${name}, which is left out here, would be chosen for ${
          chosenBy.length > 0 ? chosenBy.join(", ") : "no query"
        }; ${costOf(use, withIt)}`,
    ),
    ...unplanned,
  ];
}

function couldOf({ couldServe }: IndexFacts): string {
  return couldServe.length > 0
    ? `where a sequential scan is forbidden it serves ${couldServe.join(", ")}`
    : "it could serve none";
}

/** What one use pays: the difference of the two. */
function costOf(without: Counts, withIt: Counts): string {
  const bytes = Math.round((withIt.walBytes ?? 0) - (without.walBytes ?? 0));
  const shares =
    without.hotShare === undefined || withIt.hotShare === undefined
      ? ""
      : `, heap-only updates ${percent(withIt.hotShare)} with and ${percent(without.hotShare)} without it`;

  return `each use logs ${bytesOf(Math.abs(bytes))} ${bytes < 0 ? "less" : "more"} with it${shares}`;
}

function writesOf({ walBytes = 0, indexWrites }: Counts): string {
  const entries = indexWrites === undefined ? "" : ` and ${numberOf(indexWrites)} index entries`;

  return `${bytesOf(walBytes)} of WAL${entries} a use`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}
