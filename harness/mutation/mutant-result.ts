/** What testing a mutant gave, as plain data: the tester and the reports share nothing else. */
import type { Mutant } from "./mutant.ts";

/** Stryker's states, with `equivalent` for its `ignored`. Killed and timed out mutants are detected. */
export type MutantStatus = "killed" | "timeout" | "survived" | "runtimeError" | "compileError" | "equivalent";

export interface MutantOutcome {
  readonly status: MutantStatus;
  /**
   * The property that killed it, ran into the time limit, or failed with an error of the harness; absent if that
   * happened while migrating.
   */
  readonly property?: string;
  /** What was expected and got, the message of the error, or why the mutant is equivalent. */
  readonly reason?: string;
  /** Of a survivor: the properties that were checked. */
  readonly coveredBy?: readonly string[];
}

export interface MutantResult extends MutantOutcome {
  readonly mutant: Mutant;
  /** Wall time while other mutants were tested too; 0 if an earlier run tested it. */
  readonly durationMs: number;
}
