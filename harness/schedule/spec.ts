/**
 * A spec in the format of PostgreSQL's isolation tester (src/test/isolation), as data. It is read by parse-spec.ts,
 * written by format-spec.ts and run by run-spec.ts.
 */
import type { Step } from "./schedule.ts";

export interface Spec {
  /** Each block is sent whole, before every permutation. */
  readonly setup: readonly string[];
  /** After every permutation. */
  readonly teardown?: string;
  readonly sessions: readonly SpecSession[];
  /** All interleavings of the sessions where there is none. */
  readonly permutations: readonly (readonly PermutationStep[])[];
}

export interface SpecSession {
  readonly name: string;
  /** Sent in this session before every permutation. */
  readonly setup?: string;
  /** Their names are unique in the whole spec. */
  readonly steps: readonly Step[];
  readonly teardown?: string;
}

/** A step of a permutation, by name. */
export interface PermutationStep {
  readonly step: string;
  readonly blockers: readonly Blocker[];
}

/** `(*)`, `(step)`, `(step notices n)`: why the step's end is told later than it may come. */
export type Blocker =
  | { readonly kind: "next" }
  | { readonly kind: "step"; readonly step: string }
  | { readonly kind: "notices"; readonly step: string; readonly count: number };

/** The words of the format: a step of such a name stands in quotes. */
export const KEYWORDS = ["notices", "permutation", "session", "setup", "step", "teardown"] as const;
export type Keyword = (typeof KEYWORDS)[number];
