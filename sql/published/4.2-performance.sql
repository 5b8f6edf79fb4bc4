-- Step 4.2: are the queries fast? Needs an organization with the id that ends in 1.

EXPLAIN (ANALYZE, BUFFERS)
SELECT
    id,
    name,
    (ai_credits - ai_used_credits) as ai_available,
    (whatsapp_credits - whatsapp_used_credits) as whatsapp_available,
    (email_credits - email_used_credits) as email_available,
    (sms_credits - sms_used_credits) as sms_available
FROM organizations
WHERE id = '00000000-0000-0000-0000-000000000001'::UUID;

\timing on
SELECT consume_specific_credits(
    '00000000-0000-0000-0000-000000000001'::UUID,
    'whatsapp',
    1,
    'Performance test'
);
\timing off

EXPLAIN (ANALYZE, BUFFERS)
SELECT
    plan_name,
    COUNT(*) as org_count,
    AVG(ai_credits - ai_used_credits) as avg_ai_available,
    AVG(whatsapp_credits - whatsapp_used_credits) as avg_whatsapp_available
FROM organizations
GROUP BY plan_name;
