-- Step 2.2: the three functions that the application calls, and one that they and the data migration use.
-- No statement of this file locks a table against reads or writes. Creating or dropping a function takes a lock on
-- that function alone, until COMMIT: all of the functions are there, with their grants, or none.

BEGIN;

-- Takes no lock. Until COMMIT the search_path is the schema of the two tables, whichever it is, and the caller's
-- temporary schema last; pg_catalog comes first unnamed. The functions are created in that schema, and the three that
-- run with their owner's rights keep this path (FROM CURRENT): they find no object that a caller puts on a path.
SELECT set_config('search_path', string_agg(DISTINCT relnamespace::REGNAMESPACE::TEXT, ', ') || ', pg_temp', TRUE)
FROM pg_catalog.pg_class
WHERE oid IN ('organizations'::REGCLASS, 'credit_actions'::REGCLASS);

-- A controlled rollback keeps the functions under these names; they are created again below. Locks each function.
DROP FUNCTION IF EXISTS allocate_plan_credits_disabled(UUID, TEXT);
DROP FUNCTION IF EXISTS get_available_credits_disabled(UUID, TEXT);
DROP FUNCTION IF EXISTS consume_specific_credits_disabled(UUID, TEXT, INTEGER, TEXT);

-- The allocation of a plan: the only place with the numbers. It reads no table, so PostgreSQL inlines it: a statement
-- that allocates many organizations makes no function call for each of them. A share that no INTEGER holds is an error.
CREATE OR REPLACE FUNCTION plan_credits(
    p_plan_type TEXT,
    p_total_credits NUMERIC
) RETURNS TABLE (ai INTEGER, whatsapp INTEGER, email INTEGER, sms INTEGER)
LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
    -- A cast from numeric rounds half away from zero, and GREATEST passes over a total that is NULL.
    SELECT
        CASE WHEN fixed THEN 1500 ELSE GREATEST(p_total_credits * 0.4, 500)::INTEGER END,
        CASE WHEN fixed THEN 1200 ELSE GREATEST(p_total_credits * 0.3, 300)::INTEGER END,
        CASE WHEN fixed THEN 20000 ELSE GREATEST(p_total_credits * 0.3, 1000)::INTEGER END,
        CASE WHEN fixed THEN 500 ELSE GREATEST(p_total_credits * 0.1, 100)::INTEGER END
    -- COLLATE "C": in a Turkish database lower('ENTERPRISE') is another word.
    FROM (SELECT lower(btrim(p_plan_type) COLLATE "C") IN ('enterprise', 'premium') AS fixed) AS plan;
END;

-- Gives an organization the four numbers of a plan, or raises an error where more is used already. A call takes
-- FOR NO KEY UPDATE on that one organization, until its transaction ends.
CREATE OR REPLACE FUNCTION allocate_plan_credits(
    p_organization_id UUID,
    p_plan_type TEXT
) RETURNS VOID AS $$
DECLARE
    organization RECORD;
    plan RECORD;
BEGIN
    -- The lock comes before the read: no consumption can commit between the comparison and the update.
    SELECT total_credits, ai_used_credits, whatsapp_used_credits, email_used_credits, sms_used_credits
    INTO organization
    FROM organizations
    WHERE id = p_organization_id
    FOR NO KEY UPDATE;

    IF NOT FOUND THEN
        RAISE EXCEPTION 'Unknown organization: %', p_organization_id;
    END IF;

    SELECT ai, whatsapp, email, sms
    INTO plan
    FROM plan_credits(p_plan_type, organization.total_credits::NUMERIC);

    IF plan.ai < organization.ai_used_credits
        OR plan.whatsapp < organization.whatsapp_used_credits
        OR plan.email < organization.email_used_credits
        OR plan.sms < organization.sms_used_credits
    THEN
        RAISE EXCEPTION 'More credits are used than the plan allocates: %', p_plan_type;
    END IF;

    UPDATE organizations
    SET
        ai_credits = plan.ai,
        whatsapp_credits = plan.whatsapp,
        email_credits = plan.email,
        sms_credits = plan.sms,
        credits_allocated_at = NOW(),
        updated_at = NOW()
    WHERE id = p_organization_id;

    -- Log the allocation
    INSERT INTO credit_actions (
        organization_id,
        action_type,
        credits_consumed,
        description,
        created_at
    ) VALUES (
        p_organization_id,
        'allocation',
        0,
        'Multi-credit allocation for plan: ' || COALESCE(p_plan_type, 'custom'),
        NOW()
    );
END;
$$ LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT;

-- Returns what is left of a credit type: 0 for an unknown organization or type. VOLATILE, so that each execution sees
-- the consumptions before it, those of its own statement included. A call takes no row lock.
CREATE OR REPLACE FUNCTION get_available_credits(
    p_organization_id UUID,
    p_credit_type TEXT
) RETURNS INTEGER AS $$
DECLARE
    available_credits INTEGER;
BEGIN
    SELECT
        CASE p_credit_type
            WHEN 'ai' THEN (ai_credits - ai_used_credits)
            WHEN 'whatsapp' THEN (whatsapp_credits - whatsapp_used_credits)
            WHEN 'email' THEN (email_credits - email_used_credits)
            WHEN 'sms' THEN (sms_credits - sms_used_credits)
        END
    INTO available_credits
    FROM organizations
    WHERE id = p_organization_id;

    RETURN COALESCE(available_credits, 0);
END;
$$ LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT;

-- Uses credits of one type, or raises an error and changes nothing. A call takes FOR NO KEY UPDATE on that one
-- organization, until its transaction ends: calls on one organization queue, calls on different ones never wait.
CREATE OR REPLACE FUNCTION consume_specific_credits(
    p_organization_id UUID,
    p_credit_type TEXT,
    p_credits INTEGER,
    p_description TEXT DEFAULT NULL
) RETURNS BOOLEAN AS $$
DECLARE
    available_credits INTEGER;
BEGIN
    IF p_credit_type IS NULL OR p_credit_type NOT IN ('ai', 'whatsapp', 'email', 'sms') THEN
        RAISE EXCEPTION 'Invalid credit type: %', p_credit_type;
    END IF;

    IF p_credits IS NULL OR p_credits <= 0 THEN
        RAISE EXCEPTION 'Invalid number of credits: %', p_credits;
    END IF;

    -- The lock comes before the read: the loser of a race for the last credits sees what the winner left.
    SELECT
        CASE p_credit_type
            WHEN 'ai' THEN (ai_credits - ai_used_credits)
            WHEN 'whatsapp' THEN (whatsapp_credits - whatsapp_used_credits)
            WHEN 'email' THEN (email_credits - email_used_credits)
            WHEN 'sms' THEN (sms_credits - sms_used_credits)
        END
    INTO available_credits
    FROM organizations
    WHERE id = p_organization_id
    FOR NO KEY UPDATE;

    IF NOT FOUND THEN
        RAISE EXCEPTION 'Unknown organization: %', p_organization_id;
    END IF;

    IF available_credits < p_credits THEN
        RAISE EXCEPTION 'Insufficient % credits. Available: %, Required: %',
            p_credit_type, available_credits, p_credits;
    END IF;

    -- Update used credits based on type
    CASE p_credit_type
        WHEN 'ai' THEN
            UPDATE organizations
            SET ai_used_credits = ai_used_credits + p_credits,
                updated_at = NOW()
            WHERE id = p_organization_id;
        WHEN 'whatsapp' THEN
            UPDATE organizations
            SET whatsapp_used_credits = whatsapp_used_credits + p_credits,
                updated_at = NOW()
            WHERE id = p_organization_id;
        WHEN 'email' THEN
            UPDATE organizations
            SET email_used_credits = email_used_credits + p_credits,
                updated_at = NOW()
            WHERE id = p_organization_id;
        WHEN 'sms' THEN
            UPDATE organizations
            SET sms_used_credits = sms_used_credits + p_credits,
                updated_at = NOW()
            WHERE id = p_organization_id;
    END CASE;

    -- Log the consumption
    INSERT INTO credit_actions (
        organization_id,
        action_type,
        credits_consumed,
        description,
        created_at
    ) VALUES (
        p_organization_id,
        p_credit_type || '_consumption',
        p_credits,
        COALESCE(p_description, 'Consumed ' || p_credits::TEXT || ' ' || p_credit_type || ' credits'),
        NOW()
    );

    RETURN TRUE;
END;
$$ LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT;

-- Only roles that may write organizations may call the three; by default PUBLIC could. Locks each function.
REVOKE ALL ON FUNCTION plan_credits(TEXT, NUMERIC) FROM PUBLIC;
REVOKE ALL ON FUNCTION allocate_plan_credits(UUID, TEXT) FROM PUBLIC;
REVOKE ALL ON FUNCTION get_available_credits(UUID, TEXT) FROM PUBLIC;
REVOKE ALL ON FUNCTION consume_specific_credits(UUID, TEXT, INTEGER, TEXT) FROM PUBLIC;

DO $grants$
DECLARE
    writer REGROLE;
BEGIN
    FOR writer IN
        SELECT DISTINCT granted.grantee::REGROLE
        FROM pg_catalog.pg_class
        CROSS JOIN LATERAL pg_catalog.aclexplode(relacl) AS granted
        WHERE pg_class.oid = 'organizations'::REGCLASS
        AND granted.privilege_type = 'UPDATE'
        AND granted.grantee NOT IN (0, relowner)
    LOOP
        EXECUTE format(
            'GRANT EXECUTE ON FUNCTION
                allocate_plan_credits(UUID, TEXT),
                get_available_credits(UUID, TEXT),
                consume_specific_credits(UUID, TEXT, INTEGER, TEXT)
            TO %s',
            writer
        );
    END LOOP;
END $grants$;

COMMIT;
