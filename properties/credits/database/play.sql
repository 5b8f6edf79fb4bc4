-- Plays a history of calls. Returns a row for each: the value or the error, the organizations afterwards, and the log
-- rows that it added, with whether they name the plan of an allocation. The function is in the session's temporary
-- schema, outside of the catalog under test. It calls the functions without a schema, as an application does.
CREATE OR REPLACE FUNCTION pg_temp.play(ids uuid[], calls jsonb)
RETURNS TABLE (returned text, code text, message text, organizations json, actions json, names_plan boolean)
LANGUAGE plpgsql AS $play$
DECLARE
    call record;
    -- Rows that are logged from here on are newer.
    last_action {{action mark}} := {{last action}};
BEGIN
    organizations := (SELECT json_agg(row_to_json(o)) FROM organizations AS o WHERE o.id = ANY (ids));
    RETURN NEXT;

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

        -- An error has undone the call: there is nothing to read.
        IF code IS NULL THEN
            organizations := (
                SELECT coalesce(json_agg(row_to_json(o)), '[]') FROM organizations AS o WHERE o.id = ANY (ids)
            );
            actions := (
                SELECT json_agg(row_to_json(a) ORDER BY {{action order}})
                FROM credit_actions AS a
                WHERE {{action is new}}
            );
            -- The database folds case.
            names_plan := (
                SELECT bool_and(strpos(lower(a ->> 'description'), lower(btrim(call.plan))) > 0)
                FROM json_array_elements(actions) AS a
            );
            last_action := {{last action now}};
        ELSE
            organizations := NULL;
            actions := NULL;
            names_plan := NULL;
        END IF;

        RETURN NEXT;
    END LOOP;

    -- The final state: no call may insert or delete organizations, or change log rows.
    returned := (SELECT count(*) FROM organizations);
    code := NULL;
    message := NULL;
    organizations := NULL;
    actions := (SELECT coalesce(json_agg(row_to_json(a) ORDER BY {{action order}}), '[]') FROM credit_actions AS a);
    RETURN NEXT;
END;
$play$
