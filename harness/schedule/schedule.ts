/**
 * A schedule is sessions, their steps, and an order; what came of it is a transcript. Both are plain data: playing
 * (cast.ts), telling (transcript-text.ts, windows.ts, format-spec.ts) and judging share nothing else.
 */
import type { Outcome } from "../database/session.ts";

/** One piece of SQL that a session sends at once. Its name is unique in its session. */
export interface Step {
  readonly name: string;
  readonly sql: string;
}

/** What one session does: its steps in their order. */
export interface Part {
  readonly session: string;
  readonly steps: readonly Step[];
}

/** A step of a session. */
export interface Cue {
  readonly session: string;
  readonly step: Step;
  /** When its end is told, where that is not left to the server; see Hold. */
  readonly holds?: readonly Hold[];
}

/**
 * Why a step counts as waiting although the server may have ended it: until the next step was sent (`next`), while
 * another step is under way (`step`), or until another session brought so many notices since this one was sent
 * (`notices`).
 */
export type Hold =
  | { readonly until: "next" }
  | { readonly until: "step"; readonly session: string; readonly step: string }
  | { readonly until: "notices"; readonly session: string; readonly count: number };

/** What is told of a blocker that is none of the schedule's sessions. */
export const OTHER = "another connection";
export const PREPARED = "a prepared transaction";

/** What happened, in the order in which it happened; each but `resumes` is the answer to a step that was sent. */
export type Event =
  | { readonly kind: "completed"; readonly session: string; readonly step: Step; readonly outcome: Outcome }
  /** `blockedBy`: names of sessions, OTHER or PREPARED; nothing where only a Hold keeps it. */
  | {
      readonly kind: "waits";
      readonly session: string;
      readonly step: Step;
      readonly blockedBy: readonly string[];
    }
  /** Completed after a wait. */
  | { readonly kind: "resumes"; readonly session: string; readonly step: Step; readonly outcome: Outcome };

/** A step that was due while its session still waited in an earlier one: the order cannot happen. */
export interface Impossible {
  readonly session: string;
  readonly step: Step;
  /** The earlier step. */
  readonly waitsIn: Step;
  readonly blockedBy: readonly string[];
}

/** What came of playing sessions in one order. */
export interface Transcript {
  readonly events: readonly Event[];
  /** Where the order broke off, if it could not go on. */
  readonly impossible?: Impossible;
}

/** `session.step`, as orders and tellings name a step; a step whose own name says so already keeps it. */
export function nameOf({ session, step }: { readonly session: string; readonly step: Step }): string {
  return step.name.startsWith(`${session}.`) ? step.name : `${session}.${step.name}`;
}

/** What came of a step, undefined where it never completed. */
export function outcomeOf({ events }: Transcript, name: string): Outcome | undefined {
  for (const event of events) {
    if (event.kind !== "waits" && nameOf(event) === name) {
      return event.outcome;
    }
  }

  return undefined;
}
