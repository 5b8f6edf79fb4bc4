/**
 * Formats a fault as parts of a script (pure). Fault triggers work in psql as they do here; a crash, and what interrupts
 * a statement that waits or has ended, is a comment that says what to do by hand.
 */
import type { Statement } from "../release/release.ts";
import { type ScriptPart, terminateStatement } from "../release/script-part.ts";
import { continuesAfter, describeInterruption, type FaultKind, type StepFault, type WaitPoint } from "./fault.ts";
import { ARM_TRIGGER_SQL, createTriggerSql, DROP_TRIGGER_SQL, isTriggered } from "./fault-trigger.ts";

/** From the fault trigger to the interrupted statement, the step's statement at `index`. */
export function scriptBeforeFault({ step, statement, fault }: StepFault, index: number): ScriptPart[] {
  const { kind, point } = fault;
  const earlier = step.statements.slice(0, index);
  const parts = [
    ...(index === 0 ? [] : [releasePart(`${step.path}, before line ${statement.line}`, earlier)]),
    ...(isTriggered(point) ? [{ title: "arm the fault trigger", sql: `${ARM_TRIGGER_SQL};` }] : []),
    ...(point.at === "wait" ? [{ title: "what the statement waits for", sql: blockerSql(point) }] : []),
    releasePart(`${step.path}, line ${statement.line}: ${describeInterruption(fault)}`, [statement]),
  ];

  return isTriggered(point)
    ? [{ title: "create a fault trigger", sql: createTriggerSql(kind, point, { byHand: true }) }, ...parts]
    : [...parts, { title: "interrupt the statement", sql: BY_HAND[kind] }];
}

/** From the fault to a database without fault triggers. */
export function scriptAfterFault(stepFault: StepFault, index: number): ScriptPart[] {
  const { step, fault } = stepFault;
  const rest = step.statements.slice(index + 1);

  return [
    ...(continuesAfter(stepFault) && rest.length > 0 ? [releasePart(`${step.path}, the rest of it`, rest)] : []),
    { title: "psql is ended and started again", sql: "\\connect" },
    ...(isTriggered(fault.point) ? [{ title: "drop the fault trigger", sql: DROP_TRIGGER_SQL }] : []),
  ];
}

const BY_HAND: Readonly<Record<FaultKind, string>> = {
  cancel: "-- Cancel it now: Ctrl-C, where it still runs.",
  kill: "-- Kill its session now: SELECT pg_terminate_backend(…) in another one.",
  crash: "-- Kill the server now: kill -9 all of its processes, and start it again.",
};

function blockerSql({ table, behind }: WaitPoint): string {
  const begin =
    behind === "writer"
      ? `BEGIN; LOCK TABLE ${table} IN ROW EXCLUSIVE MODE;`
      : "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1;";

  return `-- In another session, left open until the statement is interrupted: ${begin}`;
}

function releasePart(title: string, statements: readonly Statement[]): ScriptPart {
  const sql = statements.map(({ kind, text }) => (kind === "meta" ? text : terminateStatement(text))).join("\n\n");

  return { title, sql, isFromRelease: true };
}
