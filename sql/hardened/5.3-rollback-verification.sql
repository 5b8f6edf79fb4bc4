-- Step 5.3: the state of the database.
-- Each statement takes ACCESS SHARE on what it reads; it blocks no reads or writes. Columns are looked up by name, so
-- that none has to exist.

SELECT
    'Rollback Verification' as report_type,
    CASE
        WHEN to_regprocedure('consume_specific_credits(uuid, text, integer, text)') IS NOT NULL
        THEN 'MIGRATED'
        WHEN to_regprocedure('consume_specific_credits_disabled(uuid, text, integer, text)') IS NOT NULL
        THEN 'CONTROLLED_ROLLBACK'
        WHEN NOT EXISTS (
            SELECT
            FROM pg_catalog.pg_attribute
            WHERE attrelid = 'organizations'::REGCLASS AND attname = 'ai_credits' AND NOT attisdropped
        )
        THEN 'EMERGENCY_ROLLBACK_OR_NEVER_MIGRATED'
        ELSE 'INCOMPLETE'
    END as state,
    COUNT(*) as total_organizations,
    COUNT(to_jsonb(organizations) ->> 'rollback_marker') as orgs_with_rollback_marker,
    COUNT(to_jsonb(organizations) ->> 'ai_credits') as orgs_with_multicredit_data
FROM organizations;

SELECT
    routine_name,
    routine_type
FROM information_schema.routines
WHERE routine_name ILIKE '%credit%'
AND routine_schema = ANY (current_schemas(FALSE))
ORDER BY routine_name;
