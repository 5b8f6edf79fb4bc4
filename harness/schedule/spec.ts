/**
 * A spec in the format of PostgreSQL's isolation tester (src/test/isolation/README), as data.
 */
import type { SessionStep } from "./schedule.ts";

export interface Spec {
  /** Each block is sent whole, before every permutation. */
  readonly setup: readonly string[];
  readonly teardown?: string;
  readonly sessions: readonly SpecSession[];
  /** Empty for all interleavings of the sessions. */
  readonly permutations: readonly (readonly PermutationStep[])[];
}

export interface SpecSession {
  readonly name: string;
  readonly setup?: string;
  /** Their names are unique in the whole spec. */
  readonly steps: readonly SessionStep[];
  readonly teardown?: string;
}

export interface PermutationStep {
  readonly step: string;
  readonly blockers: readonly Blocker[];
}

/** `(*)`, `(step)`, `(step notices n)`: delays the report of the step's completion. */
export type Blocker =
  | { readonly kind: "next" }
  | { readonly kind: "step"; readonly step: string }
  | { readonly kind: "notices"; readonly step: string; readonly count: number };

/** A step with one of these names is quoted. */
export const SPEC_KEYWORDS = ["notices", "permutation", "session", "setup", "step", "teardown"] as const;
export type SpecKeyword = (typeof SPEC_KEYWORDS)[number];
