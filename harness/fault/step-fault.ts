/**
 * A strike at one statement of a step (pure).
 */
import type { Statement, Step } from "../release/release.ts";
import type { Strike } from "./fault.ts";

export interface StepStrike {
  readonly step: Step;
  /** Which of the step's statements is struck; never one of psql's own commands. */
  readonly statement: Statement;
  readonly strike: Strike;
  /** Where the session lives: psql goes on with the statements after it, as it does without ON_ERROR_STOP. */
  readonly goesOn?: boolean;
  /** Crashes the server of the stage and starts it again. */
  readonly crash?: () => Promise<void>;
}

/** Only a session that lives can go on. */
export function goesOnAfter({ goesOn = false, strike }: StepStrike): boolean {
  return goesOn && strike.mode === "cancel";
}
