/**
 * Describes faults (pure): how a statement is interrupted, and at which point of its work. A point is found by counting
 * or by seeing a session wait, never by a clock, so the same fault hits the same point each time.
 */
import type { Statement, Step } from "../release/release.ts";

/**
 * `cancel`: the statement fails, its session survives (pg_cancel_backend, Ctrl-C). `kill`: the session ends
 * (pg_terminate_backend). `crash`: all processes of the server are killed (SIGKILL), and it recovers.
 */
export type FaultKind = "cancel" | "kill" | "crash";

export type InjectionPoint =
  /** The statement has ended; its transaction may be open. To cancel then means to send nothing more. */
  | { readonly at: "after" }
  /** Before or after the n-th row that the statement inserts into the table or updates in it, counted from 1. */
  | {
      readonly at: "row";
      readonly table: string;
      readonly timing: "before" | "after";
      readonly nth: number;
    }
  /** In a commit: at the n-th of the inserted or updated rows whose deferred triggers fire there. */
  | { readonly at: "row commit"; readonly table: string; readonly nth: number }
  /** At the end of the n-th DDL command of the statement, before it commits. */
  | { readonly at: "command"; readonly nth: number }
  /** In the commit of a transaction that contains a DDL command. */
  | { readonly at: "command commit" }
  /**
   * While the statement waits: for a transaction that writes the table, or for one that only holds a snapshot (for
   * which only the concurrent forms of index commands wait; PostgreSQL manual, CREATE INDEX).
   */
  | { readonly at: "wait"; readonly table: string; readonly behind: "writer" | "snapshot" };

export type WaitPoint = Extract<InjectionPoint, { at: "wait" }>;

export interface InjectedFault {
  readonly kind: FaultKind;
  readonly point: InjectionPoint;
}

/** A fault at one statement of a step. */
export interface StepFault {
  readonly step: Step;
  /** One of the step's statements, and none of psql's meta-commands. */
  readonly statement: Statement;
  readonly fault: InjectedFault;
  /** Where the session survives: psql sends the statements after it, as it does without ON_ERROR_STOP. */
  readonly continues?: boolean;
  /** Crashes the server of the database and starts it again. */
  readonly crash?: () => Promise<void>;
}

/** Only a session that survives can continue. */
export function continuesAfter({ continues = false, fault }: StepFault): boolean {
  return continues && fault.kind === "cancel";
}

/** What happened to the statement, as a participle: `cancelled before row 3 of credit_actions`. */
export function describeInterruption({ kind, point }: InjectedFault): string {
  return point.at === "after" && kind === "cancel"
    ? "the last statement sent"
    : `${PARTICIPLES[kind]} ${describePoint(point)}`;
}

const PARTICIPLES: Readonly<Record<FaultKind, string>> = {
  cancel: "cancelled",
  kill: "killed with its session",
  crash: "interrupted by a server crash",
};

function describePoint(point: InjectionPoint): string {
  switch (point.at) {
    case "after":
      return "after it had ended";
    case "row":
      return `${point.timing} row ${point.nth} of ${point.table}`;
    case "row commit":
      return `in a commit, at row ${point.nth} of ${point.table}`;
    case "command":
      return `at the end of its command ${point.nth}`;
    case "command commit":
      return "in its commit";
    case "wait":
      return point.behind === "writer"
        ? `while it waited for a writer of ${point.table}`
        : "while it waited for an old snapshot";
  }
}
