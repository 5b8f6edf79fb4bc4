-- Step 3.3: is the data sound?

SELECT
    conname as constraint_name,
    COUNT(*) as violations
FROM pg_constraint c
JOIN pg_class t ON c.conrelid = t.oid
LEFT JOIN organizations o ON true
WHERE t.relname = 'organizations'
  AND contype = 'c'
  AND NOT (
    CASE conname
      WHEN 'check_ai_credits_limit' THEN o.ai_used_credits <= o.ai_credits
      WHEN 'check_whatsapp_credits_limit' THEN o.whatsapp_used_credits <= o.whatsapp_credits
      WHEN 'check_email_credits_limit' THEN o.email_used_credits <= o.email_credits
      WHEN 'check_sms_credits_limit' THEN o.sms_used_credits <= o.sms_credits
      ELSE true
    END
  )
GROUP BY conname;

SELECT
    'Organizations with credit actions' as check_type,
    COUNT(DISTINCT o.id) as org_count,
    COUNT(DISTINCT ca.organization_id) as orgs_with_actions
FROM organizations o
LEFT JOIN credit_actions ca ON o.id = ca.organization_id;

SELECT
    'Negative Credits Check' as check_type,
    COUNT(CASE WHEN ai_credits < 0 THEN 1 END) as negative_ai,
    COUNT(CASE WHEN whatsapp_credits < 0 THEN 1 END) as negative_whatsapp,
    COUNT(CASE WHEN email_credits < 0 THEN 1 END) as negative_email,
    COUNT(CASE WHEN sms_credits < 0 THEN 1 END) as negative_sms,
    COUNT(CASE WHEN ai_used_credits < 0 THEN 1 END) as negative_ai_used,
    COUNT(CASE WHEN whatsapp_used_credits < 0 THEN 1 END) as negative_whatsapp_used,
    COUNT(CASE WHEN email_used_credits < 0 THEN 1 END) as negative_email_used,
    COUNT(CASE WHEN sms_used_credits < 0 THEN 1 END) as negative_sms_used
FROM organizations;
