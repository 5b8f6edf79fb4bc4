/**
 * Defines the results of a run of the gates, as plain data.
 */
import type { PropertyResult } from "../property/verdict.ts";
import type { FigureDifference } from "./baseline.ts";
import type { TimingComparison } from "./compare-times.ts";
import type { Gate } from "./gate.ts";
import type { IndexStudy } from "./indexes.ts";
import type { BudgetViolation } from "./judge.ts";
import type { Budget } from "./load-gates.ts";
import type { TimedRatio } from "./paired-runs.ts";
import type { MeasuredSubject } from "./plans/facts.ts";
import type { Projection } from "./projection.ts";

/** The verdict of one gate on one release. */
export interface GateResult
  extends Pick<PropertyResult, "id" | "rule" | "title" | "verdict" | "expected" | "because" | "reason" | "durationMs"> {
  readonly budget: Budget;
  /** Why the budget is as it is. */
  readonly purpose: string;
  readonly subjects: readonly MeasuredSubject[];
  readonly violations: readonly BudgetViolation[];
  /** Remarks that do not affect the verdict, a line each. */
  readonly notes: readonly string[];
  readonly indexes?: IndexStudy | undefined;
  readonly projection?: Projection | undefined;
  /** Time as a multiple of the reference statements. */
  readonly ratio?: TimedRatio | undefined;
  /** How long the statements block a writer of one row, at the largest size. */
  readonly writersBlockedMs?: number | undefined;
  readonly gate: Gate;
}

/** All gates of one release. */
export interface ReleaseBench {
  readonly name: string;
  /** The folder, absolute. */
  readonly folder: string;
  readonly gates: readonly GateResult[];
  /** How it differs from the accepted figures; undefined if there are none. */
  readonly differences?: readonly FigureDifference[] | undefined;
  /** The results of the load, if one was requested. */
  readonly load?: LoadReport | undefined;
}

export interface LoadReport {
  readonly lines: readonly string[];
  /** Whether a rule was violated under the load. */
  readonly broken: boolean;
  /** For the JSON report. */
  readonly figures: unknown;
}

/** Two releases, compared on one server. */
export interface ReleaseComparison {
  /** The names of the judged release and of the other. */
  readonly release: string;
  readonly against: string;
  readonly differences: readonly FigureDifference[];
  /** Time of the first as a multiple of the other's. */
  readonly timings: readonly TimingComparison[];
}

/** A run of `bench`. */
export interface BenchResult {
  readonly plumbline: string;
  readonly seed: number;
  /** The additional size that was requested. */
  readonly scale?: number | undefined;
  readonly server: { readonly kind: string; readonly version: string };
  readonly settings: Readonly<Record<string, string>>;
  readonly durationMs: number;
  /** What the figures are compared with, or why they are not, in a clause. */
  readonly comparison: string;
  /** Whether this run's figures become the accepted ones, so that no difference fails it. */
  readonly accepting: boolean;
  readonly releases: readonly ReleaseBench[];
  readonly releaseComparison?: ReleaseComparison | undefined;
}
