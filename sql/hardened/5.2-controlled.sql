-- Step 5.2: the controlled rollback keeps the numbers and disables the functions.
-- All or nothing, from every state that migrating passes through after step 2.1, and repeatable.

BEGIN;

-- Takes no lock. Until COMMIT the search_path is the schema of the two tables, in which the functions are.
SELECT set_config('search_path', string_agg(DISTINCT relnamespace::REGNAMESPACE::TEXT, ', ') || ', pg_temp', TRUE)
FROM pg_catalog.pg_class
WHERE oid IN ('organizations'::REGCLASS, 'credit_actions'::REGCLASS);

-- Takes no lock. If a transaction holds organizations for longer, the rollback times out and nothing has changed.
SET LOCAL lock_timeout = '3s';

-- ACCESS EXCLUSIVE on organizations until COMMIT, which comes after the update of each migrated organization below. No
-- default: an organization that is created later was never rolled back.
ALTER TABLE organizations
ADD COLUMN IF NOT EXISTS rollback_marker TIMESTAMP;

-- A lock on each function alone, until COMMIT. No role keeps the right to call it, not by its new name either.
DO $disable$
DECLARE
    feature RECORD;
    caller RECORD;
BEGIN
    FOR feature IN
        SELECT to_regprocedure(format('%I(%s)', name, arguments)) AS enabled, name, arguments
        FROM (VALUES
            ('allocate_plan_credits', 'uuid, text'),
            ('get_available_credits', 'uuid, text'),
            ('consume_specific_credits', 'uuid, text, integer, text')
        ) AS features (name, arguments)
    LOOP
        CONTINUE WHEN feature.enabled IS NULL;

        FOR caller IN
            SELECT DISTINCT CASE granted.grantee WHEN 0 THEN 'PUBLIC' ELSE granted.grantee::REGROLE::TEXT END AS name
            FROM pg_catalog.pg_proc
            CROSS JOIN LATERAL pg_catalog.aclexplode(
                COALESCE(proacl, pg_catalog.acldefault('f', proowner))
            ) AS granted
            WHERE pg_proc.oid = feature.enabled AND granted.grantee <> proowner
        LOOP
            EXECUTE format('REVOKE ALL ON FUNCTION %s FROM %s', feature.enabled, caller.name);
        END LOOP;

        EXECUTE format('DROP FUNCTION IF EXISTS %I(%s)', feature.name || '_disabled', feature.arguments);
        EXECUTE format('ALTER FUNCTION %s RENAME TO %I', feature.enabled, feature.name || '_disabled');
    END LOOP;
END $disable$;

-- A lock on this function alone, until COMMIT. Only the migration calls it, which creates it again.
DROP FUNCTION IF EXISTS plan_credits(TEXT, NUMERIC);

-- ROW EXCLUSIVE on organizations and credit_actions, until COMMIT. Marks of an earlier run are left as they are.
WITH marked AS (
    UPDATE organizations
    SET rollback_marker = NOW()
    WHERE credits_allocated_at IS NOT NULL
    AND rollback_marker IS NULL
    RETURNING id
)
INSERT INTO credit_actions (
    organization_id,
    action_type,
    credits_consumed,
    description,
    created_at
)
SELECT
    id,
    'rollback',
    0,
    'Multi-credit system rollback executed',
    NOW()
FROM marked;

COMMIT;
