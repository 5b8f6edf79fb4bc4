-- Drops the objects of this database, except those of initdb, which have OIDs below 16384. What cannot be dropped this
-- way stays, and shows in the inventory. Dropping one object may drop others on the list. A function, unlike a DO block,
-- keeps its plans.
CREATE FUNCTION pg_temp.clear() RETURNS VOID LANGUAGE plpgsql AS $clear$
DECLARE
    statement TEXT;
BEGIN
    -- A session that still holds a lock makes the database unusable; there is no point in waiting for it.
    PERFORM set_config('lock_timeout', '500ms', true), set_config('client_min_messages', 'warning', true);

    FOR statement IN
        SELECT format('DROP EVENT TRIGGER %I', evtname) FROM pg_catalog.pg_event_trigger
        UNION ALL
        SELECT format('DROP PUBLICATION %I', pubname) FROM pg_catalog.pg_publication
        UNION ALL
        SELECT format('DROP EXTENSION IF EXISTS %I CASCADE', extname) FROM pg_catalog.pg_extension WHERE oid >= 16384
        UNION ALL
        SELECT format('DROP SCHEMA IF EXISTS %I CASCADE', nspname)
        FROM pg_catalog.pg_namespace
        WHERE oid >= 16384 AND nspname !~ '^pg_'
    LOOP
        EXECUTE statement;
    END LOOP;

    -- One statement: it searches for dependent objects once.
    FOR statement IN
        SELECT format('DROP TABLE IF EXISTS %s CASCADE', string_agg(format('public.%I', relname), ', '))
        FROM pg_catalog.pg_class
        WHERE oid >= 16384 AND relnamespace = to_regnamespace('public') AND relkind IN ('r', 'p')
        HAVING count(*) > 0
    LOOP
        EXECUTE statement;
    END LOOP;

    FOR statement IN
        SELECT format(
            'DROP %s IF EXISTS public.%I CASCADE',
            CASE relkind
                WHEN 'v' THEN 'VIEW'
                WHEN 'm' THEN 'MATERIALIZED VIEW'
                WHEN 'S' THEN 'SEQUENCE'
                WHEN 'f' THEN 'FOREIGN TABLE'
                ELSE 'TYPE'
            END,
            relname
        )
        FROM pg_catalog.pg_class
        WHERE oid >= 16384 AND relnamespace = to_regnamespace('public') AND relkind IN ('v', 'm', 'S', 'f', 'c')
        UNION ALL
        SELECT format('DROP TYPE IF EXISTS public.%I CASCADE', typname)
        FROM pg_catalog.pg_type
        WHERE oid >= 16384 AND typnamespace = to_regnamespace('public') AND typtype IN ('d', 'e', 'r')
    LOOP
        EXECUTE statement;
    END LOOP;

    -- After the types, whose own functions go with them and cannot be dropped before.
    FOR statement IN
        SELECT format(
            'DROP ROUTINE IF EXISTS %s CASCADE',
            string_agg(format('public.%I(%s)', proname, pg_get_function_identity_arguments(oid)), ', ')
        )
        FROM pg_catalog.pg_proc
        WHERE oid >= 16384 AND pronamespace = to_regnamespace('public')
        HAVING count(*) > 0
    LOOP
        EXECUTE statement;
    END LOOP;
END
$clear$;
