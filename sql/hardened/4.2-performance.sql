-- Step 4.2: are the queries fast?

-- ACCESS SHARE on organizations for the duration of one index lookup; it blocks no reads or writes.
EXPLAIN (ANALYZE, BUFFERS)
SELECT
    id,
    name,
    (ai_credits - ai_used_credits) as ai_available,
    (whatsapp_credits - whatsapp_used_credits) as whatsapp_available,
    (email_credits - email_used_credits) as email_available,
    (sms_credits - sms_used_credits) as sms_available
FROM public.organizations
WHERE id = '00000000-0000-0000-0000-000000000001'::UUID;

-- ROW EXCLUSIVE on organizations and credit_actions, for milliseconds; row locks on its own organization alone, which
-- is rolled back at the end.
DO $test$
DECLARE
    test_id CONSTANT UUID := gen_random_uuid();
    start_time TIMESTAMPTZ;
    duration INTERVAL;
BEGIN
    INSERT INTO public.organizations (id, name, plan_name) VALUES (test_id, 'Step 4.2', 'premium');
    PERFORM public.allocate_plan_credits(test_id, 'premium');

    start_time := clock_timestamp();
    IF public.consume_specific_credits(test_id, 'whatsapp', 1, 'Performance test') IS NOT TRUE
        OR public.get_available_credits(test_id, 'whatsapp') IS DISTINCT FROM 1199
    THEN
        RAISE EXCEPTION 'Test failed: consume_specific_credits did not consume 1 whatsapp credit';
    END IF;
    duration := clock_timestamp() - start_time;

    RAISE EXCEPTION USING ERRCODE = 'PT350', MESSAGE = duration::TEXT;
EXCEPTION
    WHEN SQLSTATE 'PT350' THEN
        RAISE NOTICE 'One consumption and its check took %', SQLERRM;
END $test$;

-- ACCESS SHARE on organizations while it reads all of it once; it blocks no reads or writes.
EXPLAIN (ANALYZE, BUFFERS)
SELECT
    plan_name,
    COUNT(*) as org_count,
    AVG(ai_credits - ai_used_credits) as avg_ai_available,
    AVG(whatsapp_credits - whatsapp_used_credits) as avg_whatsapp_available
FROM public.organizations
GROUP BY plan_name;
