/**
 * Replaces the clock by one that stands still but for the work of the data migration: each allocation takes more than a
 * minute, each commit of allocations and each pg_sleep several, however long it is meant to be. So a duration says
 * exactly what it covers, and long ones are reported without waiting. Renaming the server's functions takes a superuser.
 */
import type { RecordedDatabase } from "../../../harness/property/recorded-database.ts";
import type { WorkEvent } from "./timeline.ts";

/** No sum of a few of them equals another. */
export const WORK_MS = { allocation: 70_000, commit: 311_000, pause: 1_009_000 } as const;

export const WORKING_CLOCK = [
  "CREATE SCHEMA plumbline_clock",
  `CREATE TABLE plumbline_clock.event (
    position BIGINT GENERATED ALWAYS AS IDENTITY,
    kind TEXT NOT NULL,
    transaction TEXT NOT NULL DEFAULT pg_current_xact_id()::TEXT
)`,
  "ALTER FUNCTION pg_catalog.clock_timestamp() RENAME TO real_clock_timestamp",
  `CREATE FUNCTION pg_catalog.clock_timestamp() RETURNS timestamptz LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    RETURN (
        SELECT timestamptz '2025-10-12 18:56:00+02' + interval '1 ms' * (
            ${WORK_MS.allocation} * count(*) FILTER (WHERE kind = 'allocation')
            + ${WORK_MS.pause} * count(*) FILTER (WHERE kind = 'pause')
            + ${WORK_MS.commit} * count(DISTINCT transaction) FILTER (
                WHERE kind = 'allocation' AND transaction IS DISTINCT FROM pg_current_xact_id_if_assigned()::text
            )
        )
        FROM plumbline_clock.event
    );
END$$`,
  `CREATE FUNCTION plumbline_clock.allocated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO plumbline_clock.event (kind) VALUES ('allocation');
    RETURN NULL;
END$$`,
  `CREATE TRIGGER plumbline_allocated AFTER UPDATE ON organizations
FOR EACH ROW WHEN (OLD.ai_credits = 0 AND NEW.ai_credits > 0) EXECUTE FUNCTION plumbline_clock.allocated()`,
  "ALTER FUNCTION pg_catalog.pg_sleep(double precision) RENAME TO real_pg_sleep",
  `CREATE FUNCTION pg_catalog.pg_sleep(double precision) RETURNS void LANGUAGE sql AS $$
    INSERT INTO plumbline_clock.event (kind) VALUES ('pause')
$$`,
];

/** What the clock has counted, in order. */
export async function readWork(db: RecordedDatabase): Promise<readonly WorkEvent[]> {
  const rows = await db.query("SELECT kind, transaction FROM plumbline_clock.event ORDER BY position");

  return rows.map(({ kind, transaction }) => ({
    kind: kind === "pause" ? "pause" : "allocation",
    transaction: transaction ?? "",
  }));
}
