-- Step 4.1: do the functions work? Needs an organization with the id that ends in 1.

SELECT allocate_plan_credits(
    '00000000-0000-0000-0000-000000000001'::UUID,
    'enterprise'
);

SELECT
    name,
    plan_name,
    ai_credits,
    whatsapp_credits,
    email_credits,
    sms_credits
FROM organizations
WHERE id = '00000000-0000-0000-0000-000000000001'::UUID;

SELECT consume_specific_credits(
    '00000000-0000-0000-0000-000000000001'::UUID,
    'ai',
    10,
    'Test AI credit consumption'
);

SELECT get_available_credits(
    '00000000-0000-0000-0000-000000000001'::UUID,
    'ai'
) as available_ai_credits;
