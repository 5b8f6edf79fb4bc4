-- Step 4.3: are wrong calls refused? Needs the organizations whose ids end in 1 and 2.

SELECT allocate_plan_credits(
    '00000000-0000-0000-0000-000000000002'::UUID,
    'zero_plan'
);

DO $$
BEGIN
    PERFORM consume_specific_credits(
        '00000000-0000-0000-0000-000000000002'::UUID,
        'ai',
        999999,
        'Test overconsumption - should fail'
    );
EXCEPTION
    WHEN OTHERS THEN
        RAISE NOTICE 'Expected error caught: %', SQLERRM;
END $$;

DO $$
BEGIN
    PERFORM consume_specific_credits(
        '00000000-0000-0000-0000-000000000001'::UUID,
        'invalid_type',
        1,
        'Test invalid type - should fail'
    );
EXCEPTION
    WHEN OTHERS THEN
        RAISE NOTICE 'Expected error caught: %', SQLERRM;
END $$;
