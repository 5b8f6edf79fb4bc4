/**
 * A schedule is sessions, their steps, and an order; running it gives a transcript. Both are plain data: running
 * (session-group.ts), formatting (transcript-text.ts, psql-windows.ts, format-spec.ts) and judging share nothing else.
 */
import type { StatementResult } from "../database/session.ts";

/** SQL that a session sends whole. Its name is unique in its session. */
export interface SessionStep {
  readonly name: string;
  readonly sql: string;
}

export interface ScheduleSession {
  readonly session: string;
  readonly steps: readonly SessionStep[];
}

export interface QualifiedStep {
  readonly session: string;
  readonly step: SessionStep;
}

export interface ScheduledStep extends QualifiedStep {
  readonly delays?: readonly DelayedCompletion[];
}

/**
 * Why a step counts as waiting although it may have ended on the server: until the next step is sent (`next`), while
 * another step is in flight (`step`), or until another session has received `count` notices since this one was sent
 * (`notices`). These are the markers of PostgreSQL's isolation tester (src/test/isolation/README).
 */
export type DelayedCompletion =
  | { readonly until: "next" }
  | { readonly until: "step"; readonly session: string; readonly step: string }
  | { readonly until: "notices"; readonly session: string; readonly count: number };

/** How a transcript names a blocker that is none of the schedule's sessions. */
export const OTHER_CONNECTION = "another connection";
export const PREPARED_TRANSACTION = "a prepared transaction";

/** What happened, in order; each kind but `resumes` is the immediate answer to a step that was sent. */
export type TranscriptEvent = QualifiedStep &
  (
    | { readonly kind: "completed" | "resumes"; readonly outcome: StatementResult }
    /** `blockedBy`: names of sessions, OTHER_CONNECTION or PREPARED_TRANSACTION; empty for a delayed completion. */
    | { readonly kind: "waits"; readonly blockedBy: readonly string[] }
  );

/** A step that was due while its session still waited in an earlier one: the order cannot happen. */
export interface InvalidPermutation extends QualifiedStep {
  readonly waitingStep: SessionStep;
  readonly blockedBy: readonly string[];
}

export interface Transcript {
  readonly events: readonly TranscriptEvent[];
  readonly invalid?: InvalidPermutation;
}

/** `session.step`; a step whose own name already begins with its session keeps it. */
export function stepName({ session, step }: QualifiedStep): string {
  return step.name.startsWith(`${session}.`) ? step.name : `${session}.${step.name}`;
}

export function findStepResult({ events }: Transcript, name: string): StatementResult | undefined {
  const event = events.find((one) => one.kind !== "waits" && stepName(one) === name);

  return event?.kind === "waits" ? undefined : event?.outcome;
}
