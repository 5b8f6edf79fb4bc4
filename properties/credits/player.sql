-- Plays a history of calls and says after each what came of it: the value or the error, the organizations of the
-- history as they then are, and the log rows that were added. It lives in the session's temporary schema, so the
-- database under test does not know of it. The calls are made as an application makes them: without naming a schema.
CREATE OR REPLACE FUNCTION pg_temp.play(history jsonb) RETURNS jsonb LANGUAGE plpgsql AS $play$
DECLARE
    call jsonb;
    trace jsonb[] := '{}';
    returned jsonb;
    refusal jsonb;
    refusal_code text;
    refusal_message text;
    ids uuid[];
    last_action bigint := coalesce((SELECT max(id) FROM public.credit_actions), 0);
    actions jsonb;
BEGIN
    SELECT array_agg((value ->> 'id')::uuid) INTO ids FROM jsonb_array_elements(history -> 'organizations');

    FOR call IN SELECT value FROM jsonb_array_elements(history -> 'calls') LOOP
        returned := 'null';
        refusal := NULL;

        BEGIN
            CASE call ->> 'kind'
                WHEN 'allocate' THEN
                    PERFORM allocate_plan_credits((call ->> 'organization')::uuid, call ->> 'plan');
                WHEN 'available' THEN
                    returned := coalesce(
                        to_jsonb(get_available_credits((call ->> 'organization')::uuid, call ->> 'type')), 'null');
                WHEN 'consume' THEN
                    IF call ? 'description' THEN
                        returned := coalesce(to_jsonb(consume_specific_credits(
                            (call ->> 'organization')::uuid, call ->> 'type', (call ->> 'credits')::integer,
                            call ->> 'description')), 'null');
                    ELSE
                        returned := coalesce(to_jsonb(consume_specific_credits(
                            (call ->> 'organization')::uuid, call ->> 'type', (call ->> 'credits')::integer)), 'null');
                    END IF;
            END CASE;
        EXCEPTION WHEN OTHERS OR ASSERT_FAILURE THEN
            GET STACKED DIAGNOSTICS refusal_code = RETURNED_SQLSTATE, refusal_message = MESSAGE_TEXT;
            refusal := jsonb_build_object('code', refusal_code, 'message', refusal_message);
        END;

        SELECT jsonb_agg(to_jsonb(added) - 'created_at' ORDER BY added.id), max(added.id)
        INTO actions, refusal_code
        FROM public.credit_actions AS added WHERE added.id > last_action;
        last_action := coalesce(refusal_code::bigint, last_action);

        trace := trace || jsonb_build_object(
            'returned', returned,
            'refusal', refusal,
            'organizations', (
                SELECT jsonb_agg(to_jsonb(o) - 'updated_at' ORDER BY o.id)
                FROM public.organizations AS o WHERE o.id = ANY (ids)
            ),
            'actions', coalesce(actions, '[]')
        );
    END LOOP;

    RETURN jsonb_build_object(
        'steps', to_jsonb(trace),
        'organizations', (SELECT count(*) FROM public.organizations),
        'actions', (SELECT coalesce(jsonb_agg(to_jsonb(a) - 'created_at' ORDER BY a.id), '[]') FROM public.credit_actions AS a)
    );
END;
$play$
