-- Step 1.2: the plans, and the organizations that will be migrated.
-- Each statement takes ACCESS SHARE on organizations while it reads it; it blocks no reads or writes.

-- One row for each plan as the migration reads it: without regard to case and surrounding spaces.
SELECT
    lower(btrim(plan_name::TEXT) COLLATE "C") as plan_name,
    COUNT(*) as org_count,
    AVG(total_credits) as avg_total_credits,
    SUM(total_credits) as sum_total_credits
FROM organizations
GROUP BY 1
ORDER BY org_count DESC, plan_name;

-- A negative pool counts like an empty one: its organization gets the floors of the custom plan.
SELECT
    id,
    name,
    plan_name,
    total_credits,
    CASE
        WHEN total_credits IS NULL THEN 'NULL_CREDITS'
        WHEN total_credits < 0 THEN 'NEGATIVE_CREDITS'
        WHEN total_credits = 0 THEN 'ZERO_CREDITS'
        ELSE 'HAS_CREDITS'
    END as credit_status
FROM organizations
ORDER BY plan_name, total_credits DESC;
