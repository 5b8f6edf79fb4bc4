-- Step 4.1: do the functions work?
-- The block creates an organization of its own and rolls everything back, so it can be run anywhere and repeatedly. It
-- fails with a reason when a function is missing, does nothing, or does something else.

-- ROW EXCLUSIVE on organizations and credit_actions, for milliseconds; row locks on its own organization alone.
DO $test$
DECLARE
    test_id CONSTANT UUID := gen_random_uuid();
    found RECORD;
    available INTEGER;
BEGIN
    INSERT INTO public.organizations (id, name, plan_name, total_credits) VALUES (test_id, 'Step 4.1', 'Enterprise', 10);

    PERFORM public.allocate_plan_credits(test_id, 'Enterprise');
    SELECT ai_credits, whatsapp_credits, email_credits, sms_credits INTO found
    FROM public.organizations WHERE id = test_id;
    IF found IS DISTINCT FROM ROW(1500, 1200, 20000, 500) THEN
        RAISE EXCEPTION 'Test failed: allocate_plan_credits gave % for an enterprise plan', found;
    END IF;

    available := public.get_available_credits(test_id, 'ai');
    IF available IS DISTINCT FROM 1500 THEN
        RAISE EXCEPTION 'Test failed: get_available_credits said % instead of 1500', available;
    END IF;

    IF public.consume_specific_credits(test_id, 'ai', 10, 'Test AI credit consumption') IS NOT TRUE THEN
        RAISE EXCEPTION 'Test failed: consume_specific_credits did not return true';
    END IF;
    SELECT ai_used_credits, whatsapp_used_credits, email_used_credits, sms_used_credits INTO found
    FROM public.organizations WHERE id = test_id;
    IF found IS DISTINCT FROM ROW(10, 0, 0, 0) THEN
        RAISE EXCEPTION 'Test failed: after consuming 10 ai credits the used numbers are %', found;
    END IF;

    available := public.get_available_credits(test_id, 'ai');
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
    FROM public.credit_actions WHERE organization_id = test_id;
    IF found IS DISTINCT FROM ROW(1::BIGINT, 1::BIGINT, 2::BIGINT) THEN
        RAISE EXCEPTION 'Test failed: the log holds % (allocations, consumptions, rows)', found;
    END IF;

    RAISE EXCEPTION USING ERRCODE = 'PT350', MESSAGE = 'Step 4.1 is done';
EXCEPTION
    -- Raised above when every test has passed: what the block did is undone.
    WHEN SQLSTATE 'PT350' THEN
        RAISE NOTICE 'Tests passed: allocation, availability, consumption, log';
END $test$;
