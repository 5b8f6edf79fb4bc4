-- Plays calls that the model has foreseen, of many histories at once, and says as little of each as a comparison
-- needs: the answer and the numbers of its organization, or the error. What all of them left behind is said once, at
-- the end. Nothing is put around a call that should succeed: where one is refused the whole ends, and its histories
-- are played one by one.
CREATE OR REPLACE FUNCTION pg_temp.play_series(
    accounts jsonb, calls jsonb,
    OUT answers json, OUT organizations json, OUT actions json,
    OUT organizations_made bigint, OUT actions_made bigint
)
LANGUAGE plpgsql AS $play$
DECLARE
    call record;
    answer text;
    numbers text;
    told text[] := '{}';
    -- Nothing that is logged from here on has a smaller number.
    last_action bigint := nextval(pg_get_serial_sequence('public.credit_actions', 'id'));
    -- In one transaction a release that writes too many rows is slow beyond measure.
    latest timestamptz := clock_timestamp() + interval '2 s';
    known_organizations bigint := (SELECT count(*) FROM public.organizations);
    known_actions bigint := (SELECT count(*) FROM public.credit_actions);
BEGIN
    INSERT INTO public.organizations (
        id, name, plan_name, total_credits, status,
        ai_credits, whatsapp_credits, email_credits, sms_credits,
        ai_used_credits, whatsapp_used_credits, email_used_credits, sms_used_credits
    )
    SELECT * FROM jsonb_to_recordset(accounts) AS account (
        id uuid, name text, plan_name text, total_credits integer, status text,
        ai_credits integer, whatsapp_credits integer, email_credits integer, sms_credits integer,
        ai_used_credits integer, whatsapp_used_credits integer, email_used_credits integer, sms_used_credits integer
    );

    FOR call IN
        SELECT * FROM jsonb_to_recordset(calls) AS called (
            kind text, organization uuid, plan text, type text, credits integer, description text,
            described boolean, refused boolean
        )
    LOOP
        IF clock_timestamp() > latest THEN
            RAISE EXCEPTION 'The series takes too long';
        END IF;

        IF call.refused THEN
            BEGIN
                IF call.kind = 'consume' AND call.described THEN
                    answer := consume_specific_credits(call.organization, call.type, call.credits, call.description);
                ELSIF call.kind = 'consume' THEN
                    answer := consume_specific_credits(call.organization, call.type, call.credits);
                ELSE
                    PERFORM allocate_plan_credits(call.organization, call.plan);
                END IF;
                answer := NULL;
            EXCEPTION WHEN OTHERS OR ASSERT_FAILURE THEN
                answer := SQLSTATE || SQLERRM;
            END;
        ELSE
            IF call.kind = 'consume' AND call.described THEN
                answer := consume_specific_credits(call.organization, call.type, call.credits, call.description);
            ELSIF call.kind = 'consume' THEN
                answer := consume_specific_credits(call.organization, call.type, call.credits);
            ELSIF call.kind = 'available' THEN
                answer := get_available_credits(call.organization, call.type);
            ELSE
                PERFORM allocate_plan_credits(call.organization, call.plan);
                answer := '';
            END IF;

            SELECT concat_ws(
                ' ', o.ai_credits, o.whatsapp_credits, o.email_credits, o.sms_credits,
                o.ai_used_credits, o.whatsapp_used_credits, o.email_used_credits, o.sms_used_credits
            )
            INTO numbers
            FROM public.organizations AS o
            WHERE o.id = call.organization;
            answer := concat_ws(' ', answer, numbers);
        END IF;

        told := array_append(told, answer);
    END LOOP;

    answers := array_to_json(told);
    organizations := (
        SELECT coalesce(json_agg(json_build_array(
            o.id, o.name, o.plan_name, o.total_credits, o.status,
            o.ai_credits, o.whatsapp_credits, o.email_credits, o.sms_credits,
            o.ai_used_credits, o.whatsapp_used_credits, o.email_used_credits, o.sms_used_credits
        )), '[]')
        FROM public.organizations AS o
        WHERE o.id IN (SELECT (account ->> 'id')::uuid FROM jsonb_array_elements(accounts) AS account)
    );
    actions := (
        SELECT coalesce(json_agg(json_build_array(
            a.organization_id, a.action_type, a.credits_consumed, a.description
        ) ORDER BY a.id), '[]')
        FROM public.credit_actions AS a
        WHERE a.id > last_action
    );
    organizations_made := (SELECT count(*) FROM public.organizations) - known_organizations;
    actions_made := (SELECT count(*) FROM public.credit_actions) - known_actions;
END;
$play$
