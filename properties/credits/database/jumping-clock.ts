/**
 * Replaces the clock by one that advances by more than a minute each time it is read, and pg_sleep by one that returns
 * at once: long durations are reported without waiting. Renaming the server's functions takes a superuser.
 */
export const JUMPING_CLOCK = {
  /** How far the clock advances, each time it is read. */
  tickMs: 70_000,
  statements: [
    "ALTER FUNCTION pg_catalog.clock_timestamp() RENAME TO real_clock_timestamp",
    `CREATE FUNCTION pg_catalog.clock_timestamp() RETURNS timestamptz LANGUAGE plpgsql VOLATILE AS $$
DECLARE ticks integer := coalesce(nullif(current_setting('plumbline.ticks', true), ''), '0')::integer + 1;
BEGIN
    PERFORM set_config('plumbline.ticks', ticks::text, false);
    RETURN timestamptz '2025-10-12 18:56:00+02' + ticks * interval '70 s';
END$$`,
    "ALTER FUNCTION pg_catalog.pg_sleep(double precision) RENAME TO real_pg_sleep",
    "CREATE FUNCTION pg_catalog.pg_sleep(double precision) RETURNS void LANGUAGE sql AS ''",
  ],
};
