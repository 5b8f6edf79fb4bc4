-- Plays calls of many histories at once, and returns as little as a comparison with the model needs: for each call the
-- answer and, where requested, the numbers of its organization; or the error. Organizations and log rows follow once, at
-- the end. A call that should succeed has no exception block: if it fails, the whole batch fails, and its histories are
-- played one by one.
-- Organizations and calls are passed column by column, each as a JSON array, which is fast to read. Numbers that are
-- never NULL are passed as SQL arrays, which is faster: eight in a row for each organization, and for each call the
-- position of its organization's id.
CREATE OR REPLACE FUNCTION pg_temp.play_batch(
    ids uuid[], accounts json[], amounts {{number type}}[], calls json[],
    OUT answers json, OUT organizations_before json, OUT organizations json, OUT actions json,
    OUT organizations_made bigint, OUT actions_made bigint
)
LANGUAGE plpgsql AS $play$
DECLARE
    call record;
    answer text;
    numbers {{number type}}[];
    results text[] := '{}';
    -- Long ago, so that a release which resets created_at is detected.
    made timestamptz := 'epoch';
    -- Rows that are logged from here on are newer.
    last_action {{action mark}} := {{last action}};
    -- With the upper bound the planner uses the index; without it, it reads the whole table, with the dead rows of all
    -- earlier batches.
    no_action bigint := 9223372036854775807;
    -- A release that writes too many rows in one transaction gets extremely slow.
    latest timestamptz := clock_timestamp() + interval '2 s';
    -- PostgreSQL counts these anyway; counting rows would read the dead rows of all earlier batches.
    known_organizations bigint := {{inserted organizations}};
    known_actions bigint := {{inserted actions}};
BEGIN
    INSERT INTO organizations (
        id, {{columns}},
        ai_credits, whatsapp_credits, email_credits, sms_credits,
        ai_used_credits, whatsapp_used_credits, email_used_credits, sms_used_credits
    )
    SELECT
        ids[n], {{values}},
        amounts[8 * n - 7], amounts[8 * n - 6], amounts[8 * n - 5], amounts[8 * n - 4],
        amounts[8 * n - 3], amounts[8 * n - 2], amounts[8 * n - 1], amounts[8 * n]
    FROM ROWS FROM (
        {{accounts}}
    ) WITH ORDINALITY AS account ({{aliases}}, n);
    organizations_before := (
        SELECT json_object_agg(o.id, ARRAY[ROW({{kept columns}})::text, ROW({{volatile columns}})::text])
        FROM organizations AS o
        WHERE o.id = ANY (ids)
    );

    FOR call IN
        SELECT
            ids[called.organization::integer] AS organization, called.refused::boolean, called.shown::boolean,
            called.kind, called.word, called.credits::integer, called.description
        FROM ROWS FROM (
            json_array_elements_text(calls[1]), json_array_elements_text(calls[2]), json_array_elements_text(calls[3]),
            json_array_elements_text(calls[4]), json_array_elements_text(calls[5]), json_array_elements_text(calls[6]),
            json_array_elements_text(calls[7])
        ) AS called (organization, refused, shown, kind, word, credits, description)
    LOOP
        IF clock_timestamp() > latest THEN
            RAISE EXCEPTION 'The batch takes too long';
        END IF;

        IF call.refused THEN
            BEGIN
                IF call.kind = 'consume and describe' THEN
                    answer := consume_specific_credits(call.organization, call.word, call.credits, call.description);
                ELSIF call.kind = 'consume' THEN
                    answer := consume_specific_credits(call.organization, call.word, call.credits);
                ELSE
                    answer := allocate_plan_credits(call.organization, call.word);
                END IF;
                answer := NULL;
            EXCEPTION WHEN OTHERS OR ASSERT_FAILURE THEN
                answer := SQLSTATE || SQLERRM;
            END;
        ELSE
            IF call.kind = 'consume and describe' THEN
                answer := consume_specific_credits(call.organization, call.word, call.credits, call.description);
            ELSIF call.kind = 'consume' THEN
                answer := consume_specific_credits(call.organization, call.word, call.credits);
            ELSIF call.kind = 'available' THEN
                answer := get_available_credits(call.organization, call.word);
            ELSE
                answer := allocate_plan_credits(call.organization, call.word);
                answer := '';
            END IF;

            -- A change by any other call is detected after the next call, or at the end.
            IF call.shown THEN
                SELECT ARRAY[{{numbers}}]
                INTO numbers
                FROM organizations AS o
                WHERE o.id = call.organization;
                answer := concat_ws(' ', answer, numbers);
            END IF;
        END IF;

        results := array_append(results, answer);
    END LOOP;

    answers := array_to_json(results);
    -- All as text: building JSON value by value would look up the type of each.
    organizations := (
        SELECT array_to_json(array_agg(ARRAY[
            o.id::text, ROW({{kept columns}})::text, ROW({{volatile columns}})::text,
            ARRAY[{{numbers}}]::text
        ]))
        FROM organizations AS o
        WHERE o.id = ANY (ids)
    );
    actions := (
        SELECT array_to_json(array_agg(
            ARRAY[a.organization_id::text, a.action_type, {{logged credits}}::text, a.description]
            ORDER BY {{action order}}
        ))
        FROM credit_actions AS a
        WHERE {{action is new}} {{and old}}
    );
    organizations_made := {{inserted organizations}} - known_organizations;
    actions_made := {{inserted actions}} - known_actions;
END;
$play$
