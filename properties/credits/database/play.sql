-- Plays a history of calls and says after each what came of it: the value or the error, the organizations as
-- they then are, and the log rows that were added. It lives in the session's temporary schema, so the
-- database under test does not know of it. The calls are made as an application makes them: without naming a schema.
CREATE OR REPLACE FUNCTION pg_temp.play(ids uuid[], calls jsonb)
RETURNS TABLE (returned text, code text, message text, organizations json, actions json)
LANGUAGE plpgsql AS $play$
DECLARE
    call record;
    -- Nothing that is logged from here on has a smaller number.
    last_action bigint := nextval(pg_get_serial_sequence('public.credit_actions', 'id'));
    last_action_now bigint;
BEGIN
    FOR call IN
        SELECT * FROM jsonb_to_recordset(calls) AS called (
            kind text, organization uuid, plan text, type text, credits integer, description text, described boolean
        )
    LOOP
        returned := NULL;
        code := NULL;
        message := NULL;

        BEGIN
            IF call.kind = 'allocate' THEN
                PERFORM allocate_plan_credits(call.organization, call.plan);
            ELSIF call.kind = 'available' THEN
                returned := get_available_credits(call.organization, call.type);
            ELSIF call.described THEN
                returned := consume_specific_credits(call.organization, call.type, call.credits, call.description);
            ELSE
                returned := consume_specific_credits(call.organization, call.type, call.credits);
            END IF;
        EXCEPTION WHEN OTHERS OR ASSERT_FAILURE THEN
            GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, message = MESSAGE_TEXT;
        END;

        -- What is refused has been undone: there is nothing new to see.
        IF code IS NULL THEN
            SELECT
                (SELECT json_agg(row_to_json(o)) FROM public.organizations AS o WHERE o.id = ANY (ids)),
                (SELECT json_agg(row_to_json(a) ORDER BY a.id) FROM public.credit_actions AS a WHERE a.id > last_action),
                coalesce((SELECT max(a.id) FROM public.credit_actions AS a WHERE a.id > last_action), last_action)
            INTO organizations, actions, last_action_now;
            organizations := coalesce(organizations, '[]');
            last_action := last_action_now;
        ELSE
            organizations := NULL;
            actions := NULL;
        END IF;

        RETURN NEXT;
    END LOOP;

    -- The whole, at the end: no call makes or removes organizations, or touches what is logged.
    returned := (SELECT count(*) FROM public.organizations);
    code := NULL;
    message := NULL;
    organizations := NULL;
    actions := (SELECT coalesce(json_agg(row_to_json(a) ORDER BY a.id), '[]') FROM public.credit_actions AS a);
    RETURN NEXT;
END;
$play$
