/**
 * Traps as SQL (pure): triggers in a schema of their own that count what a statement does, and strike its session from
 * within when the count is reached. The count is a sequence: it is not rolled back, so a trap springs once, and arming
 * it takes no lock. A crash cannot come from within: there the session waits for a lock, so that it can be seen to wait.
 */
import { escapeIdentifier } from "pg";
import type { Mode, Spot } from "./fault.ts";

/** The spots that are found from within. */
export type TrappedSpot = Exclude<Spot, { readonly at: "after" } | { readonly at: "wait" }>;

const SCHEMA = "plumbline_trap";
/** Until the trap is armed, counting begins here. */
const UNARMED = 1_000_000_000;

/** What a session that is to be crashed waits for: whoever lays the trap holds it. */
export const BRINK_SQL = "SELECT pg_advisory_lock(7305, 1)";

/** Begins to count: no lock, and never rolled back. */
export const ARM_SQL = `SELECT setval('${SCHEMA}.count', 1, false)`;

/** Takes every kind of trap away; where there is none, it does nothing. */
export const CLEAR_SQL = `DROP EVENT TRIGGER IF EXISTS ${SCHEMA};
SET client_min_messages = warning;
DROP SCHEMA IF EXISTS ${SCHEMA} CASCADE;
RESET client_min_messages;`;

export function isTrapped(spot: Spot): spot is TrappedSpot {
  return spot.at !== "after" && spot.at !== "wait";
}

/**
 * The statements that lay the trap for a strike.
 * @param told true for a reader: nobody holds the lock for him, so he is given time to kill the server himself
 */
export function layTrap(mode: Mode, spot: TrappedSpot, { told = false } = {}): string {
  const act = told && mode === "crash" ? "pg_sleep(600) /* kill -9 the server now */" : ACTS[mode];
  const nth = "nth" in spot ? spot.nth : 1;

  return `CREATE SCHEMA ${SCHEMA};
CREATE SEQUENCE ${SCHEMA}.count START ${UNARMED};
CREATE FUNCTION ${SCHEMA}.spring() RETURNS void LANGUAGE plpgsql SET lock_timeout = 0 AS $$
BEGIN
    IF nextval('${SCHEMA}.count') = ${nth} THEN
        PERFORM ${act};
    END IF;
END$$;
CREATE FUNCTION ${SCHEMA}.at_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM ${SCHEMA}.spring();
    RETURN NEW;
END$$;
${triggerFor(spot)}`;
}

/** To sleep is to notice the signal; it never lasts. */
const ACTS: Readonly<Record<Mode, string>> = {
  cancel: "pg_cancel_backend(pg_backend_pid()), pg_sleep(5)",
  kill: "pg_terminate_backend(pg_backend_pid()), pg_sleep(5)",
  crash: "pg_advisory_lock(7305, 1)",
};

function triggerFor(spot: TrappedSpot): string {
  switch (spot.at) {
    case "row":
      return `CREATE TRIGGER ${SCHEMA} ${spot.timing} INSERT OR UPDATE ON ${tableOf(spot.table)}
FOR EACH ROW EXECUTE FUNCTION ${SCHEMA}.at_row();`;
    case "row commit":
      return atCommit(tableOf(spot.table));
    case "command":
      return eventTrigger(`PERFORM ${SCHEMA}.spring();`);
    case "command commit":
      return `CREATE TABLE ${SCHEMA}.commanded ();
${atCommit(`${SCHEMA}.commanded`)}
${eventTrigger(`INSERT INTO ${SCHEMA}.commanded DEFAULT VALUES;`)}`;
  }
}

function atCommit(table: string): string {
  return `CREATE CONSTRAINT TRIGGER ${SCHEMA} AFTER INSERT OR UPDATE ON ${table}
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ${SCHEMA}.at_row();`;
}

function eventTrigger(work: string): string {
  return `CREATE FUNCTION ${SCHEMA}.at_command() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
    ${work}
END$$;
CREATE EVENT TRIGGER ${SCHEMA} ON ddl_command_end EXECUTE FUNCTION ${SCHEMA}.at_command();`;
}

function tableOf(name: string): string {
  return name.split(".").map(escapeIdentifier).join(".");
}
