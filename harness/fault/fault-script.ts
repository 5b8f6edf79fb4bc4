/**
 * A strike as parts of a script (pure). Traps strike in psql as they do here; what comes from outside, a crash and what
 * strikes a statement that waits or is over, stands there as a comment for the reader to do.
 */

import type { Statement } from "../release/release.ts";
import type { ScriptPart } from "../release/script-part.ts";
import { terminated } from "../release/script-part.ts";
import { describeStrike, type Mode, type Spot } from "./fault.ts";
import { ARM_SQL, CLEAR_SQL, isTrapped, layTrap } from "./fault-trigger.ts";
import { goesOnAfter, type StepStrike } from "./step-fault.ts";

/** From the trap to the statement that is struck. */
export function partsBefore({ step, statement, strike }: StepStrike, at: number): readonly ScriptPart[] {
  const { mode, spot } = strike;
  const struck = `${step.path}, line ${statement.line}: ${describeStrike(strike)}`;

  return [
    ...(isTrapped(spot) ? [{ title: "a trap", sql: layTrap(mode, spot, { told: true }) }] : []),
    ...(at === 0
      ? []
      : [ofRelease(`${step.path}, before line ${statement.line}`, step.statements.slice(0, at))]),
    ...(isTrapped(spot) ? [{ title: "the trap is armed", sql: `${ARM_SQL};` }] : []),
    ...(spot.at === "wait" ? [{ title: "what it will wait for", sql: obstacleOf(spot) }] : []),
    ofRelease(struck, [statement]),
    ...(isTrapped(spot) ? [] : [{ title: "the strike", sql: OUTSIDE[mode] }]),
  ];
}

/** From the strike to a database without any trap. */
export function partsAfter(given: StepStrike, at: number): readonly ScriptPart[] {
  const { step, strike } = given;
  const rest = step.statements.slice(at + 1);

  return [
    ...(goesOnAfter(given) && rest.length > 0 ? [ofRelease(`${step.path}, the rest of it`, rest)] : []),
    { title: "psql is ended and started again", sql: "\\connect" },
    ...(isTrapped(strike.spot) ? [{ title: "the trap is taken away", sql: CLEAR_SQL }] : []),
  ];
}

const OUTSIDE: Readonly<Record<Mode, string>> = {
  cancel: "-- Here it is cancelled: Ctrl-C, where it still runs.",
  kill: "-- Here its session is killed: SELECT pg_terminate_backend(…) in another one.",
  crash: "-- Here the server is killed: kill -9 all of its processes, and start it again.",
};

function obstacleOf({ table, behind }: Extract<Spot, { at: "wait" }>): string {
  const begin =
    behind === "writer"
      ? `BEGIN; LOCK TABLE ${table} IN ROW EXCLUSIVE MODE;`
      : "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1;";

  return `-- In another session, left open until the strike: ${begin}`;
}

function ofRelease(title: string, statements: readonly Statement[]): ScriptPart {
  const sql = statements.map(({ kind, text }) => (kind === "meta" ? text : terminated(text))).join("\n\n");

  return { title, sql, ofRelease: true };
}
