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
FROM organizations
WHERE id = '00000000-0000-0000-0000-000000000001'::UUID;

-- ROW EXCLUSIVE on organizations and credit_actions, for milliseconds; row locks on one organization, whose
-- changes are rolled back at the end.
DO $test$
DECLARE
    test_id UUID;
    start_time TIMESTAMPTZ;
    duration INTERVAL;
BEGIN
    -- Any organization will do. A new one may need columns of which only the application knows.
    SELECT id INTO test_id FROM organizations ORDER BY id LIMIT 1 FOR NO KEY UPDATE;
    IF test_id IS NULL THEN
        INSERT INTO organizations (name) VALUES ('Step 4.2') RETURNING id INTO test_id;
    END IF;
    UPDATE organizations
    SET
        ai_credits = 0, whatsapp_credits = 0, email_credits = 0, sms_credits = 0,
        ai_used_credits = 0, whatsapp_used_credits = 0, email_used_credits = 0, sms_used_credits = 0
    WHERE id = test_id;
    PERFORM allocate_plan_credits(test_id, 'premium');

    start_time := clock_timestamp();
    IF consume_specific_credits(test_id, 'whatsapp', 1, 'Performance test') IS NOT TRUE
        OR get_available_credits(test_id, 'whatsapp') IS DISTINCT FROM 1199
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
FROM organizations
GROUP BY plan_name;
