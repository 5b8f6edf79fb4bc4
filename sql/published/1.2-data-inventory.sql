-- Step 1.2: which plans there are, and which organizations will be migrated.

SELECT
    plan_name,
    COUNT(*) as org_count,
    AVG(total_credits) as avg_total_credits,
    SUM(total_credits) as sum_total_credits
FROM organizations
GROUP BY plan_name
ORDER BY org_count DESC;

SELECT
    id,
    name,
    plan_name,
    total_credits,
    CASE
        WHEN total_credits IS NULL THEN 'NULL_CREDITS'
        WHEN total_credits = 0 THEN 'ZERO_CREDITS'
        WHEN total_credits > 0 THEN 'HAS_CREDITS'
    END as credit_status
FROM organizations
ORDER BY plan_name, total_credits DESC;
