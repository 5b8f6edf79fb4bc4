/**
 * What a strike is (pure): how a statement is stopped, and at which spot of its work. Every spot is found by counting or
 * by seeing who waits, never by a clock, so that the same strike hits the same place each time.
 */

/**
 * `cancel`: the statement ends with an error, its session lives (pg_cancel_backend, Ctrl-C). `kill`: the session ends
 * (pg_terminate_backend). `crash`: all processes of the server end (SIGKILL), and it recovers.
 */
export type Mode = "cancel" | "kill" | "crash";

export type Spot =
  /** The statement is over; its transaction may be open. To cancel is then to stop there. */
  | { readonly at: "after" }
  /** Before or after the n-th row that the statement inserts into the table or updates in it, counted from 1. */
  | {
      readonly at: "row";
      readonly table: string;
      readonly timing: "before" | "after";
      readonly nth: number;
    }
  /** In a commit: at the n-th row that is checked there, of those that were inserted into the table or updated in it. */
  | { readonly at: "row commit"; readonly table: string; readonly nth: number }
  /** At the end of the n-th DDL command of the statement, before it commits. */
  | { readonly at: "command"; readonly nth: number }
  /** In the commit of a transaction that holds a DDL command. */
  | { readonly at: "command commit" }
  /**
   * While the statement is seen to wait: for a transaction that writes the table, or for one that only holds a snapshot
   * (for which nothing but CREATE INDEX CONCURRENTLY and its like ever waits).
   */
  | { readonly at: "wait"; readonly table: string; readonly behind: "writer" | "snapshot" };

export interface Strike {
  readonly mode: Mode;
  readonly spot: Spot;
}

/** The strike as a clause: `cancelled before row 3 of credit_actions`. */
export function describeStrike({ mode, spot }: Strike): string {
  const verb = spot.at === "after" && mode === "cancel" ? "the last that was sent," : VERBS[mode];

  return `${verb} ${describeSpot(spot)}`;
}

const VERBS: Readonly<Record<Mode, string>> = {
  cancel: "cancelled",
  kill: "killed with its session",
  crash: "ended by a crash of the server",
};

function describeSpot(spot: Spot): string {
  switch (spot.at) {
    case "after":
      return "when it was over";
    case "row":
      return `${spot.timing} row ${spot.nth} of ${spot.table}`;
    case "row commit":
      return `in a commit, at row ${spot.nth} of ${spot.table}`;
    case "command":
      return `at the end of its command ${spot.nth}`;
    case "command commit":
      return "in its commit";
    case "wait":
      return spot.behind === "writer"
        ? `while it waited for a writer of ${spot.table}`
        : "while it waited for an old snapshot";
  }
}
