/**
 * What came of a run of the gates, as plain data: deciding and telling share nothing else.
 */
import type { Verdict } from "../property/verdict.ts";
import type { Difference } from "./baseline.ts";
import type { Budget } from "./budget.ts";
import type { Bout } from "./compare-releases.ts";
import type { Gate } from "./gate.ts";
import type { IndexStudy } from "./indexes.ts";
import type { Breach } from "./judge.ts";
import type { TimedComparison } from "./paired-runs.ts";
import type { Measured } from "./plans/facts.ts";
import type { Projection } from "./projection.ts";

/** One gate's verdict on one release. */
export interface GateResult {
  readonly id: string;
  readonly rule: string;
  readonly title: string;
  readonly verdict: Verdict;
  /** Whether the release's ledger agrees. Unknown is never expected. */
  readonly expected: boolean;
  /** The ledger's explanation. */
  readonly because?: string;
  /** Why nothing could be decided, where the verdict is unknown. */
  readonly reason?: string;
  readonly budget: Budget;
  /** What the budget is there for. */
  readonly purpose: string;
  readonly measured: readonly Measured[];
  readonly breaches: readonly Breach[];
  /** What is worth knowing beside the verdict, a line each. */
  readonly notes: readonly string[];
  readonly indexes?: IndexStudy;
  readonly projection?: Projection;
  /** Time as a multiple of the plain statements that do the same work. */
  readonly ratio?: TimedComparison;
  /** How long a writer of one row may be shut out by the statements, at the largest size. */
  readonly shutOutMs?: number;
  readonly durationMs: number;
  readonly gate: Gate;
}

/** All gates of one release. */
export interface ReleaseBench {
  readonly name: string;
  /** The folder, absolute. */
  readonly folder: string;
  readonly gates: readonly GateResult[];
  /** How it differs from the baseline; undefined where there is none to compare with. */
  readonly differences?: readonly Difference[];
  /** What came of a load, in lines, where one was asked for; and whether a rule was broken under it. */
  readonly load?: { readonly lines: readonly string[]; readonly broken: boolean; readonly figures: unknown };
}

/** Two releases, in turns on one server. */
export interface Duel {
  /** The names of the release and of the one that it is held against. */
  readonly release: string;
  readonly against: string;
  readonly differences: readonly Difference[];
  /** Time of the first as a multiple of the second's. */
  readonly bouts: readonly Bout[];
}

/** A whole run of `bench`. */
export interface BenchResult {
  readonly plumbline: string;
  readonly seed: number;
  /** The further size that was asked for. */
  readonly scale?: number;
  readonly server: { readonly kind: string; readonly version: string };
  readonly settings: Readonly<Record<string, string>>;
  readonly durationMs: number;
  /** What the figures are compared with, or why they are not, in a sentence. */
  readonly comparison: string;
  /** Whether the figures of this run become the accepted ones, so that no difference is a failure. */
  readonly accepting: boolean;
  readonly releases: readonly ReleaseBench[];
  readonly duel?: Duel;
}
