/**
 * Replaces the clock by one that goes on by more than a minute with each organization that is allocated, and else stands
 * still; and pg_sleep by one that returns at once. So a duration says exactly how many allocations it covers, and long
 * ones are reported without waiting. Renaming the server's functions takes a superuser.
 */
export const WORKING_CLOCK = {
  /** How long the allocation of an organization takes. */
  organizationMs: 70_000,
  statements: [
    "ALTER FUNCTION pg_catalog.clock_timestamp() RENAME TO real_clock_timestamp",
    `CREATE FUNCTION pg_catalog.clock_timestamp() RETURNS timestamptz LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    RETURN timestamptz '2025-10-12 18:56:00+02'
        + coalesce(nullif(current_setting('plumbline.allocated', true), ''), '0')::integer * interval '70 s';
END$$`,
    `CREATE FUNCTION pg_catalog.plumbline_allocated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config(
        'plumbline.allocated',
        (coalesce(nullif(current_setting('plumbline.allocated', true), ''), '0')::integer + 1)::text,
        false
    );
    RETURN NULL;
END$$`,
    `CREATE TRIGGER plumbline_allocated AFTER UPDATE ON organizations
FOR EACH ROW WHEN (OLD.ai_credits = 0 AND NEW.ai_credits > 0) EXECUTE FUNCTION pg_catalog.plumbline_allocated()`,
    "ALTER FUNCTION pg_catalog.pg_sleep(double precision) RENAME TO real_pg_sleep",
    "CREATE FUNCTION pg_catalog.pg_sleep(double precision) RETURNS void LANGUAGE sql AS ''",
  ],
};
