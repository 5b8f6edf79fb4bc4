-- Step 4.3: are wrong calls refused?
-- The block borrows an organization and rolls everything back. It fails with a reason when a call that must
-- be refused is not, or is refused for another reason.

-- ROW EXCLUSIVE on organizations and credit_actions, for milliseconds; row locks on the one organization.
DO $test$
DECLARE
    test_id UUID;
    found RECORD;
    attempt RECORD;
BEGIN
    -- Any organization will do. A new one may need columns of which only the application knows.
    SELECT id INTO test_id FROM organizations ORDER BY id LIMIT 1 FOR NO KEY UPDATE;
    IF test_id IS NULL THEN
        INSERT INTO organizations (name) VALUES ('Step 4.3') RETURNING id INTO test_id;
    END IF;
    UPDATE organizations
    SET
        -- A pool of up to 1,000 gets the floors of the custom plan. It is not emptied: the table may refuse that.
        total_credits = LEAST(total_credits, 1000),
        ai_credits = 0, whatsapp_credits = 0, email_credits = 0, sms_credits = 0,
        ai_used_credits = 0, whatsapp_used_credits = 0, email_used_credits = 0, sms_used_credits = 0
    WHERE id = test_id;

    PERFORM allocate_plan_credits(test_id, 'zero_plan');
    SELECT ai_credits, whatsapp_credits, email_credits, sms_credits INTO found
    FROM organizations WHERE id = test_id;
    IF found IS DISTINCT FROM ROW(500, 300, 1000, 100) THEN
        RAISE EXCEPTION 'Test failed: allocate_plan_credits gave % for a small pool', found;
    END IF;

    FOR attempt IN
        SELECT * FROM (VALUES
            (test_id, 'ai', 999999, 'Insufficient ai credits. Available: 500, Required: 999999'),
            (test_id, 'sms', 101, 'Insufficient sms credits. Available: 100, Required: 101'),
            (test_id, 'invalid_type', 1, 'Invalid credit type: invalid_type'),
            (test_id, NULL, 1, 'Invalid credit type: <NULL>'),
            (test_id, 'email', 0, 'Invalid number of credits: 0'),
            (test_id, 'email', -1, 'Invalid number of credits: -1'),
            (test_id, 'email', NULL, 'Invalid number of credits: <NULL>'),
            (NULL, 'whatsapp', 1, 'Unknown organization: <NULL>')
        ) AS attempts (id, credit_type, credits, reason)
    LOOP
        BEGIN
            PERFORM consume_specific_credits(attempt.id, attempt.credit_type, attempt.credits, 'Step 4.3');
            RAISE EXCEPTION USING ERRCODE = 'PT351', MESSAGE = format(
                'Test failed: consuming %s %s credits was not refused', attempt.credits, attempt.credit_type);
        EXCEPTION
            WHEN RAISE_EXCEPTION THEN
                IF SQLERRM <> attempt.reason THEN
                    RAISE EXCEPTION USING ERRCODE = 'PT351', MESSAGE = format(
                        'Test failed: refused with "%s" instead of "%s"', SQLERRM, attempt.reason);
                END IF;
        END;
    END LOOP;

    SELECT ai_used_credits, whatsapp_used_credits, email_used_credits, sms_used_credits INTO found
    FROM organizations WHERE id = test_id;
    IF found IS DISTINCT FROM ROW(0, 0, 0, 0) THEN
        RAISE EXCEPTION 'Test failed: after refused calls the used numbers are %', found;
    END IF;

    RAISE EXCEPTION USING ERRCODE = 'PT350', MESSAGE = 'Step 4.3 is done';
EXCEPTION
    WHEN SQLSTATE 'PT350' THEN
        RAISE NOTICE 'Tests passed: the floors of a small pool, and eight calls that must be refused';
END $test$;
