-- Step 4.1: do the functions work?
-- The block borrows an organization and rolls everything back, so it can be run anywhere and repeatedly. It fails
-- with a reason when a function is missing, does nothing, or does something else.

-- ROW EXCLUSIVE on organizations and credit_actions, for milliseconds; row locks on the one organization.
DO $test$
DECLARE
    test_id UUID;
    found RECORD;
    available INTEGER;
BEGIN
    -- Any organization will do. A new one may need columns of which only the application knows.
    SELECT id INTO test_id FROM organizations ORDER BY id LIMIT 1 FOR NO KEY UPDATE;
    IF test_id IS NULL THEN
        INSERT INTO organizations (name) VALUES ('Step 4.1') RETURNING id INTO test_id;
    END IF;
    UPDATE organizations
    SET
        ai_credits = 0, whatsapp_credits = 0, email_credits = 0, sms_credits = 0,
        ai_used_credits = 0, whatsapp_used_credits = 0, email_used_credits = 0, sms_used_credits = 0
    WHERE id = test_id;

    PERFORM allocate_plan_credits(test_id, 'Enterprise');
    SELECT ai_credits, whatsapp_credits, email_credits, sms_credits INTO found
    FROM organizations WHERE id = test_id;
    IF found IS DISTINCT FROM ROW(1500, 1200, 20000, 500) THEN
        RAISE EXCEPTION 'Test failed: allocate_plan_credits gave % for an enterprise plan', found;
    END IF;

    available := get_available_credits(test_id, 'ai');
    IF available IS DISTINCT FROM 1500 THEN
        RAISE EXCEPTION 'Test failed: get_available_credits said % instead of 1500', available;
    END IF;

    IF consume_specific_credits(test_id, 'ai', 10, 'Test AI credit consumption') IS NOT TRUE THEN
        RAISE EXCEPTION 'Test failed: consume_specific_credits did not return true';
    END IF;
    SELECT ai_used_credits, whatsapp_used_credits, email_used_credits, sms_used_credits INTO found
    FROM organizations WHERE id = test_id;
    IF found IS DISTINCT FROM ROW(10, 0, 0, 0) THEN
        RAISE EXCEPTION 'Test failed: after consuming 10 ai credits the used numbers are %', found;
    END IF;

    available := get_available_credits(test_id, 'ai');
    IF available IS DISTINCT FROM 1490 THEN
        RAISE EXCEPTION 'Test failed: get_available_credits said % instead of 1490', available;
    END IF;

    SELECT
        COUNT(*) FILTER (WHERE action_type = 'allocation' AND credits_consumed = 0) AS allocations,
        COUNT(*) FILTER (
            WHERE action_type = 'ai_consumption' AND credits_consumed = 10
            AND description = 'Test AI credit consumption'
        ) AS consumptions,
        COUNT(*) AS actions
    INTO found
    FROM credit_actions WHERE organization_id = test_id AND created_at = NOW();
    IF found IS DISTINCT FROM ROW(1::BIGINT, 1::BIGINT, 2::BIGINT) THEN
        RAISE EXCEPTION 'Test failed: the log holds % (allocations, consumptions, rows)', found;
    END IF;

    RAISE EXCEPTION USING ERRCODE = 'PT350', MESSAGE = 'Step 4.1 is done';
EXCEPTION
    -- Raised above when every test has passed: what the block did is undone.
    WHEN SQLSTATE 'PT350' THEN
        RAISE NOTICE 'Tests passed: allocation, availability, consumption, log';
END $test$;
