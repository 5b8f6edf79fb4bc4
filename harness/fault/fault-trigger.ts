/**
 * Writes fault triggers (pure): triggers in a schema of their own that count what a statement does, and interrupt its
 * session when the count is reached. The count is a sequence, which is never rolled back: a trigger fires once, and
 * arming it takes no lock. A crash cannot be caused from within: the session stops at a barrier, a lock, instead.
 */
import { escapeIdentifier } from "pg";
import type { FaultKind, InjectionPoint } from "./fault.ts";

/** The points that a trigger finds. */
export type TriggeredPoint = Exclude<InjectionPoint, { readonly at: "after" } | { readonly at: "wait" }>;

const SCHEMA = "plumbline_fault";
/** The count before the trigger is armed. */
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
