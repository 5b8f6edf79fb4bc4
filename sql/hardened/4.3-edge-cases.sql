-- Step 4.3: are wrong calls refused?
-- The block creates an organization of its own and rolls everything back. It fails with a reason when a call that must
-- be refused is not, or is refused for another reason.

-- ROW EXCLUSIVE on organizations and credit_actions, for milliseconds; row locks on its own organization alone.
DO $test$
DECLARE
    test_id CONSTANT UUID := gen_random_uuid();
    found RECORD;
    attempt RECORD;
BEGIN
    INSERT INTO public.organizations (id, name, total_credits) VALUES (test_id, 'Step 4.3', 0);

    PERFORM public.allocate_plan_credits(test_id, 'zero_plan');
    SELECT ai_credits, whatsapp_credits, email_credits, sms_credits INTO found
    FROM public.organizations WHERE id = test_id;
    IF found IS DISTINCT FROM ROW(500, 300, 1000, 100) THEN
        RAISE EXCEPTION 'Test failed: allocate_plan_credits gave % for an empty pool', found;
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
            PERFORM public.consume_specific_credits(attempt.id, attempt.credit_type, attempt.credits, 'Step 4.3');
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
    FROM public.organizations WHERE id = test_id;
    IF found IS DISTINCT FROM ROW(0, 0, 0, 0) THEN
        RAISE EXCEPTION 'Test failed: after refused calls the used numbers are %', found;
    END IF;

    RAISE EXCEPTION USING ERRCODE = 'PT350', MESSAGE = 'Step 4.3 is done';
EXCEPTION
    WHEN SQLSTATE 'PT350' THEN
        RAISE NOTICE 'Tests passed: the floors of an empty pool, and eight calls that must be refused';
END $test$;
