/** The result of checking a property as plain data: checking and reporting share nothing else. */

import type { ScriptPart } from "../release/script-part.ts";
import type { TableCoverage } from "../rows/coverage.ts";

export type Verdict = "held" | "violated" | "unknown";

/**
 * What psql prints when it runs the last part of a violation's script, as plain data. The tests that run the scripts
 * compare it with the real output. Texts are as psql prints them in a script (`t`, `f`, `NULL`).
 */
export type Evidence =
  /** An ERROR with this message. */
  | { readonly shows: "error"; readonly message: string; readonly sqlstate?: string }
  /** Neither an error nor more warnings than these; each text is a NOTICE or a WARNING, or a part of one. */
  | { readonly shows: "messages"; readonly texts: readonly string[]; readonly warnings?: number }
  /** No error, and as many rows returned or changed by the last statement as given; without a count, some by each. */
  | { readonly shows: "rows"; readonly count?: number }
  /** A row for each value, which is its first column. */
  | { readonly shows: "values"; readonly values: readonly string[] }
  /** Results in which each of these texts occurs, numbers and NULL as whole words, and none of those. */
  | { readonly shows: "text"; readonly present?: readonly string[]; readonly absent?: readonly string[] };

/** How a case violated the rule. */
export interface Violation {
  /**
   * Words joined by dashes that distinguish this fault of the property from others, such as `returns-false`: no value of the
   * case is among them. By default the words of `got` and `expected`.
   */
  readonly kind?: string;
  /** The table, column, statement or file that the fault is about, as a reader names it. */
  readonly subject?: string;
  /** Of a rule of any migration: a fault by itself, or right once its author declares it. */
  readonly answer?: "error" | "declare";
  /** Of the answer `declare`: the comment to paste into the migration. */
  readonly declare?: string;
  /** Of a rule of any migration: the rows that decided, such as `ordinary rows`. */
  readonly rows?: string;
  /** What the rule expects of this case, in one line. */
  readonly expected: string;
  /** What happened instead, in one line. */
  readonly got: string;
  /** From an empty database to the violation; the last part is the statement that reproduces it. */
  readonly script: readonly ScriptPart[];
  /** If it takes several sessions: the same as a spec of PostgreSQL's isolation tester. */
  readonly spec?: string;
  /** One imperative sentence: how to fix the release. */
  readonly hint?: string;
  /** What the last part of the script prints, if the property states it. */
  readonly evidence?: Evidence;
}

/** One kind of failure of a property: the first case that showed it, shrunk to the smallest that still does. */
export interface KindResult {
  /** Words joined by dashes, without values. */
  readonly kind: string;
  /** Listed as a known failure. */
  readonly expected: boolean;
  /** The reason given for the known failure. */
  readonly because?: string;
  /** Cases generated until the kind was found, including the one that showed it. */
  readonly runs: number;
  readonly shrinks: number;
  /** fast-check's path to the counterexample. */
  readonly path?: string;
  /** The smallest generated values that violate the rule in this way, fit for JSON. */
  readonly counterexample?: unknown;
  readonly violation: Violation;
}

/** A kind that is listed as a known failure, and did not occur. */
export interface StaleKind {
  readonly kind: string;
  /** The reason given for the known failure. */
  readonly because: string;
  /** The kinds that occurred, the most similar one first. */
  readonly nearest: readonly string[];
  /** True if a similar kind occurred that is not listed: this one never was. */
  readonly isMistyped?: boolean;
}

/** One property's verdict on one release. */
export interface PropertyResult {
  readonly id: string;
  readonly title: string;
  /** The number of the rule in the contract: the part of the id before the first dash. */
  readonly rule: string;
  readonly verdict: Verdict;
  /** Held and not a known failure, or violated and a known failure. Unknown is never expected. */
  readonly expected: boolean;
  /** Cases generated, including the failing one. */
  readonly runs: number;
  readonly durationMs: number;
  readonly seed: number;
  /** Why the verdict is unknown. */
  readonly reason?: string;
  /** Of an unknown verdict: true if the release itself prevents checking the rule. */
  readonly blocked?: boolean;
  /** The reason given for the known failure. */
  readonly because?: string;
  /** Of a violation: its kinds in the order in which they were found. The fields below are those of the first one. */
  readonly kinds?: readonly KindResult[];
  /** True if there are more kinds than these. */
  readonly isCut?: boolean;
  /** What part of all that a violated property tries it passes, where that can be counted. */
  readonly counted?: string;
  /** Kinds that are listed as known failures, and did not occur. */
  readonly staleKinds?: readonly StaleKind[];
  /** True if a known failure without a kind stands for several kinds. */
  readonly isAmbiguous?: boolean;
  readonly shrinks?: number;
  /** fast-check's path to the counterexample. */
  readonly path?: string;
  /** The smallest generated values that violate the rule, fit for JSON. */
  readonly counterexample?: unknown;
  readonly violation?: Violation;
}

/** An open question of the contract, measured: reported with figures, never failed. */
export interface QuestionResult {
  readonly id: string;
  readonly title: string;
  /** The answer in one sentence with figures. */
  readonly answer: string;
  readonly figures: Readonly<Record<string, number>>;
  /** Details of the answer, a line each. */
  readonly lines?: readonly string[];
  /** True if another answer on another version of PostgreSQL is a fault of the release. */
  readonly comparesVersions?: true;
}

/** What a rule of any migration found worth knowing: reported, never failed. */
export interface Note {
  /** The id of the rule. */
  readonly rule: string;
  /** The table, column, statement or file that it is about. */
  readonly subject: string;
  /** One sentence without a full stop. */
  readonly text: string;
}

/** What a migration needs, and the server or the state before it lacks. */
export interface UnmetNeed {
  /** One sentence without a full stop. */
  readonly message: string;
  /** What to do, in one imperative sentence without a full stop. */
  readonly remedy: string;
}

/** All results of one release. */
export interface ReleaseResult {
  readonly name: string;
  /** The folder, absolute. */
  readonly folder: string;
  /** Of a migration in a folder of migrations: its name there. */
  readonly migration?: string;
  /** Why nothing of it could be judged on this server, and what to do. */
  readonly need?: UnmetNeed;
  readonly properties: readonly PropertyResult[];
  readonly questions: readonly QuestionResult[];
  /** Sorted; absent where there is none. */
  readonly notes?: readonly Note[];
  /** The rows that cases inserted, by table; absent where the schema of the baseline could not be read. */
  readonly coverage?: readonly TableCoverage[];
}

/** A folder of migrations, where there is something to know of it. */
export interface FolderNotes {
  /** Absolute. */
  readonly folder: string;
  /** What it was read as, such as `Prisma`. */
  readonly layout: string;
  /** Each a sentence without its full stop. */
  readonly notes: readonly string[];
}

/** A whole run of `verify`. */
export interface RunResult {
  /** Plumbline's own version. */
  readonly plumbline: string;
  readonly seed: number;
  readonly server: { readonly kind: string; readonly version: string };
  readonly durationMs: number;
  /** The shard of the properties that was run, such as `2/3`, unless it was all of them. */
  readonly shard?: string;
  /** The selected properties and rules, unless it was all of them. */
  readonly only?: readonly string[];
  /** The requested number of cases of each property. */
  readonly runs?: number;
  /** Absent where there is nothing to know of any. */
  readonly folders?: readonly FolderNotes[];
  readonly releases: readonly ReleaseResult[];
}
