-- Step 5.3: which state is the database in?

SELECT
    'Rollback Verification' as report_type,
    COUNT(*) as total_organizations,
    COUNT(CASE WHEN rollback_marker IS NOT NULL THEN 1 END) as orgs_with_rollback_marker,
    COUNT(CASE WHEN ai_credits IS NOT NULL THEN 1 END) as orgs_with_multicredit_data
FROM organizations;

SELECT
    routine_name,
    routine_type
FROM information_schema.routines
WHERE routine_name ILIKE '%credit%'
AND routine_schema = 'public'
ORDER BY routine_name;
