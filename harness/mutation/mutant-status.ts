/**
 * What became of a mutant, as plain data: finding out (ask.ts) and telling (report/) share nothing else.
 */
import type { Mutant } from "./mutant.ts";

/** Who is named where no property was asked yet. */
export const MIGRATING = "migrating";

/** A property noticed. */
export interface Killed {
  readonly status: "killed";
  readonly by: string;
  readonly expected: string;
  readonly got: string;
  /** Where the others were asked as well: what came of that. */
  readonly second?: Second;
}

/** The first of the others that noticed too; where `by` is left out, none of them did. */
export interface Second {
  readonly by?: string;
}

export type Fate =
  | Killed
  /** A statement ran into the limit: noticed too, by nobody's merit. */
  | { readonly status: "limit"; readonly by: string; readonly message: string }
  | { readonly status: "survived"; readonly asked: readonly string[] }
  /** It does not parse, or an empty database cannot be migrated with it: nobody could have shipped it. */
  | { readonly status: "invalid"; readonly message: string }
  /** It means the same; `because` says how that is known. */
  | { readonly status: "equivalent"; readonly because: string }
  /** The harness itself came to grief: it says nothing about the mutant, and is told. */
  | { readonly status: "trouble"; readonly by: string; readonly message: string };

export type Status = Fate["status"];

/** A mutant, and what became of it. */
export interface Tried {
  readonly mutant: Mutant;
  readonly fate: Fate;
  /** Wall time, others being at work meanwhile; 0 where an earlier run found it out. */
  readonly durationMs: number;
}
