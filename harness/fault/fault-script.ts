/**
 * Writes a fault as SQL (pure): fault triggers, and the parts of a script. A fault trigger counts what a statement does,
 * and interrupts its session when the count is reached. The count is a sequence, which is never rolled back: a trigger
 * fires once, and arming it takes no lock. A crash cannot be caused from within: the session stops at a barrier, a lock.
 */

import { escapeIdentifier } from "pg";
import type { Statement } from "../release/release.ts";
import { type ScriptPart, terminateStatement } from "../release/script-part.ts";
import {
  continuesAfter,
  describeInterruption,
  type FaultKind,
  type InjectionPoint,
  type StepFault,
  type WaitPoint,
} from "./fault.ts";

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

type TriggeredPoint = Exclude<InjectionPoint, { readonly at: "after" } | { readonly at: "wait" }>;

const SCHEMA = "plumbline_fault";
const UNARMED = 1_000_000_000;

/** Takes the barrier at which a session waits for its crash. */
export const BARRIER_SQL = "SELECT pg_advisory_lock(7305, 1)";

/** Starts counting at 1. */
export const ARM_TRIGGER_SQL = `SELECT setval('${SCHEMA}.count', 1, false)`;

/** Drops the fault trigger; without one it does nothing. */
export const DROP_TRIGGER_SQL = `DROP EVENT TRIGGER IF EXISTS ${SCHEMA};
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS ${SCHEMA} CASCADE;
RESET client_min_messages;`;

export function isTriggered(point: InjectionPoint): point is TriggeredPoint {
  return point.at !== "after" && point.at !== "wait";
}

/**
 * The statements that create the trigger for a fault.
 * @param byHand for a script: no session holds the barrier, so the statement sleeps while the reader kills the server
 */
export function createTriggerSql(kind: FaultKind, point: TriggeredPoint, { byHand = false } = {}): string {
  const action = byHand && kind === "crash" ? "pg_sleep(600) /* kill -9 the server now */" : ACTIONS[kind];
  const nth = "nth" in point ? point.nth : 1;

  return `CREATE SCHEMA ${SCHEMA};
CREATE SEQUENCE ${SCHEMA}.count START ${UNARMED};
CREATE FUNCTION ${SCHEMA}.fire() RETURNS void LANGUAGE plpgsql SET lock_timeout = 0 AS $$
BEGIN
    IF nextval('${SCHEMA}.count') = ${nth} THEN
        PERFORM ${action};
    END IF;
END$$;
CREATE FUNCTION ${SCHEMA}.at_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM ${SCHEMA}.fire();
    RETURN NEW;
END$$;
${triggerSql(point)}`;
}

/** The sleep ends as soon as the signal arrives. */
const ACTIONS: Readonly<Record<FaultKind, string>> = {
  cancel: "pg_cancel_backend(pg_backend_pid()), pg_sleep(5)",
  kill: "pg_terminate_backend(pg_backend_pid()), pg_sleep(5)",
  crash: "pg_advisory_lock(7305, 1)",
};

function triggerSql(point: TriggeredPoint): string {
  switch (point.at) {
    case "row":
      return `CREATE TRIGGER ${SCHEMA} ${point.timing} INSERT OR UPDATE ON ${quoteTable(point.table)}
FOR EACH ROW EXECUTE FUNCTION ${SCHEMA}.at_row();`;
    case "row commit":
      return commitTriggerSql(quoteTable(point.table));
    case "command":
      return eventTriggerSql(`PERFORM ${SCHEMA}.fire();`);
    case "command commit":
      return `CREATE TABLE ${SCHEMA}.commanded ();
${commitTriggerSql(`${SCHEMA}.commanded`)}
${eventTriggerSql(`INSERT INTO ${SCHEMA}.commanded DEFAULT VALUES;`)}`;
  }
}

function commitTriggerSql(table: string): string {
  return `CREATE CONSTRAINT TRIGGER ${SCHEMA} AFTER INSERT OR UPDATE ON ${table}
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ${SCHEMA}.at_row();`;
}

function eventTriggerSql(action: string): string {
  return `CREATE FUNCTION ${SCHEMA}.at_command() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
    ${action}
END$$;
CREATE EVENT TRIGGER ${SCHEMA} ON ddl_command_end EXECUTE FUNCTION ${SCHEMA}.at_command();`;
}

function quoteTable(name: string): string {
  return name.split(".").map(escapeIdentifier).join(".");
}
