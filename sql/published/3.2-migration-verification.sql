-- Step 3.2: has every organization been migrated?

SELECT
    'Migration Summary' as report_type,
    COUNT(*) as total_organizations,
    COUNT(CASE WHEN ai_credits > 0 THEN 1 END) as orgs_with_ai_credits,
    COUNT(CASE WHEN whatsapp_credits > 0 THEN 1 END) as orgs_with_whatsapp_credits,
    COUNT(CASE WHEN email_credits > 0 THEN 1 END) as orgs_with_email_credits,
    COUNT(CASE WHEN sms_credits > 0 THEN 1 END) as orgs_with_sms_credits
FROM organizations;

SELECT
    plan_name,
    COUNT(*) as org_count,
    AVG(ai_credits) as avg_ai_credits,
    AVG(whatsapp_credits) as avg_whatsapp_credits,
    AVG(email_credits) as avg_email_credits,
    AVG(sms_credits) as avg_sms_credits,
    SUM(ai_credits + whatsapp_credits + email_credits + sms_credits) as total_allocated_credits
FROM organizations
WHERE ai_credits > 0 OR whatsapp_credits > 0
GROUP BY plan_name
ORDER BY org_count DESC;

SELECT
    id,
    name,
    plan_name,
    total_credits,
    ai_credits,
    whatsapp_credits,
    email_credits,
    sms_credits,
    CASE
        WHEN ai_credits = 0 AND whatsapp_credits = 0 AND email_credits = 0 AND sms_credits = 0
        THEN 'MIGRATION_FAILED'
        ELSE 'MIGRATED'
    END as migration_status
FROM organizations
WHERE ai_credits = 0 AND whatsapp_credits = 0 AND email_credits = 0 AND sms_credits = 0;
