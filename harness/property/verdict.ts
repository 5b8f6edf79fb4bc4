/**
 * What came of checking a property, as plain data: deciding (run.ts) and telling (report/) share nothing else.
 */

import type { ScriptPart } from "../release/script-part.ts";

export type Verdict = "held" | "violated" | "unknown";

/**
 * What psql prints when it runs the last part of a violation's script, as plain data. The tests that run the scripts
 * compare it with the real output. Texts are as psql prints them (`t`, `f`, an empty string for NULL).
 */
export type Evidence =
  /** An ERROR with this message. */
  | { readonly shows: "error"; readonly message: string; readonly sqlstate?: string }
  /** Neither an error nor more warnings than these; each text is a NOTICE or a WARNING, or a part of one. */
  | { readonly shows: "messages"; readonly texts: readonly string[]; readonly warnings?: number }
  /** No error, and as many rows returned or changed as given; without a count, one or more. */
  | { readonly shows: "rows"; readonly count?: number }
  /** A row for each value, which is its first column. */
  | { readonly shows: "values"; readonly values: readonly string[] }
  /** Results in which each of these texts occurs, and none of those. */
  | { readonly shows: "text"; readonly present?: readonly string[]; readonly absent?: readonly string[] };

/** How a case broke the rule. */
export interface Violation {
  /** What the rule promised for this case, in one line. */
  readonly expected: string;
  /** What happened instead, in one line. */
  readonly got: string;
  /** From an empty database to the fault; the last part is the statement that shows it. */
  readonly script: readonly ScriptPart[];
  /** Where it takes several sessions: the same as a spec of PostgreSQL's isolation tester. */
  readonly spec?: string;
  /** One imperative sentence: how to fix the release. */
  readonly hint?: string;
  /** What the last part of the script prints, where the property states it. */
  readonly evidence?: Evidence;
}

/** One property's verdict on one release. */
export interface PropertyResult {
  readonly id: string;
  readonly title: string;
  /** The number of the rule in the contract: the part of the id before the first dash. */
  readonly rule: string;
  readonly verdict: Verdict;
  /** Whether the release's ledger agrees: held and not in it, or violated and in it. Unknown is never expected. */
  readonly expected: boolean;
  /** Cases generated, the failing one included. */
  readonly runs: number;
  readonly durationMs: number;
  readonly seed: number;
  /** Why nothing could be decided, where the verdict is unknown. */
  readonly reason?: string;
  /** Of an unknown verdict: true where the release itself stands in the way. */
  readonly blocked?: boolean;
  /** The ledger's explanation, where the property is in the ledger. */
  readonly because?: string;
  /** Of a violation: */
  readonly shrinks?: number;
  /** fast-check's path to the counterexample. */
  readonly path?: string;
  /** The smallest generated values that break the rule, fit for JSON. */
  readonly counterexample?: unknown;
  readonly violation?: Violation;
}

/** An open question of the contract, measured: reported with figures, never failed. */
export interface Measurement {
  readonly id: string;
  readonly title: string;
  /** The answer in one sentence with figures. */
  readonly answer: string;
  readonly figures: Readonly<Record<string, number>>;
  /** What the answer is made of, where that is worth reading: a line each. */
  readonly lines?: readonly string[];
}

/** All that was found out about one release. */
export interface ReleaseResult {
  readonly name: string;
  /** The folder, absolute. */
  readonly folder: string;
  readonly properties: readonly PropertyResult[];
  readonly questions: readonly Measurement[];
}

/** A whole run of `verify`. */
export interface RunResult {
  /** Plumbline's own version. */
  readonly plumbline: string;
  readonly seed: number;
  readonly server: { readonly kind: string; readonly version: string };
  readonly durationMs: number;
  /** The part of the properties that was run, such as `2/3`, where it was not all of them. */
  readonly shard?: string;
  /** What was asked for, properties and rules, where it was not all of them. */
  readonly only?: readonly string[];
  /** The cases of each property that were asked for, where a number was given. */
  readonly runs?: number;
  readonly releases: readonly ReleaseResult[];
}
