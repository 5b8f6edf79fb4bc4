-- Step 3.2: has every organization been migrated?
-- Each statement takes ACCESS SHARE on organizations while it reads all of it once; it blocks no reads or writes.

-- Every figure but the first two counts faults: on a finished migration they are 0.
SELECT
    'Migration Summary' as report_type,
    COUNT(*) as total_organizations,
    COUNT(credits_allocated_at) as migrated_organizations,
    COUNT(*) - COUNT(credits_allocated_at) as unmigrated_organizations,
    COUNT(*) FILTER (WHERE COALESCE(ai_credits, 0) = 0) as orgs_without_ai_credits,
    COUNT(*) FILTER (WHERE COALESCE(whatsapp_credits, 0) = 0) as orgs_without_whatsapp_credits,
    COUNT(*) FILTER (WHERE COALESCE(email_credits, 0) = 0) as orgs_without_email_credits,
    COUNT(*) FILTER (WHERE COALESCE(sms_credits, 0) = 0) as orgs_without_sms_credits
FROM organizations;

-- The allocations by plan. Sums of bigint: four integers of one organization can exceed an integer.
SELECT
    lower(btrim(plan_name::TEXT) COLLATE "C") as plan_name,
    COUNT(*) as org_count,
    AVG(ai_credits) as avg_ai_credits,
    AVG(whatsapp_credits) as avg_whatsapp_credits,
    AVG(email_credits) as avg_email_credits,
    AVG(sms_credits) as avg_sms_credits,
    SUM(ai_credits::BIGINT + whatsapp_credits + email_credits + sms_credits) as total_allocated_credits
FROM organizations
GROUP BY 1
ORDER BY org_count DESC, plan_name;

-- Organizations without the allocation of their plan, with the right numbers. On a finished migration there is no row.
SELECT
    organizations.id,
    organizations.name,
    organizations.plan_name,
    organizations.total_credits,
    organizations.ai_credits,
    organizations.whatsapp_credits,
    organizations.email_credits,
    organizations.sms_credits,
    due.ai as due_ai_credits,
    due.whatsapp as due_whatsapp_credits,
    due.email as due_email_credits,
    due.sms as due_sms_credits,
    CASE
        WHEN organizations.ai_credits = 0 AND organizations.whatsapp_credits = 0
            AND organizations.email_credits = 0 AND organizations.sms_credits = 0
        THEN 'MIGRATION_FAILED'
        ELSE 'WRONG_ALLOCATION'
    END as migration_status
FROM organizations
CROSS JOIN LATERAL (
    SELECT 1500 as ai, 1200 as whatsapp, 20000 as email, 500 as sms
    WHERE lower(btrim(plan_name::TEXT) COLLATE "C") IN ('enterprise', 'premium')
    UNION ALL
    SELECT
        GREATEST(COALESCE(total_credits, 0) * 0.4, 500)::INTEGER,
        GREATEST(COALESCE(total_credits, 0) * 0.3, 300)::INTEGER,
        GREATEST(COALESCE(total_credits, 0) * 0.3, 1000)::INTEGER,
        GREATEST(COALESCE(total_credits, 0) * 0.1, 100)::INTEGER
    WHERE (lower(btrim(plan_name::TEXT) COLLATE "C") IN ('enterprise', 'premium')) IS NOT TRUE
) AS due
WHERE (organizations.ai_credits, organizations.whatsapp_credits, organizations.email_credits, organizations.sms_credits)
    IS DISTINCT FROM (due.ai, due.whatsapp, due.email, due.sms)
ORDER BY organizations.id;
