-- when: EXISTS (SELECT FROM pg_event_trigger)
-- Event triggers.
SELECT 'pg_event_trigger'::regclass, e.oid, 0, 'event trigger ' || quote_ident(e.evtname),
  json_build_object(
    'owner', e.evtowner::regrole,
    'event', e.evtevent,
    'function', e.evtfoid::regprocedure,
    'tags', array_to_string(e.evttags, ', '),
    'enabled', CASE e.evtenabled WHEN 'O' THEN 'true' WHEN 'D' THEN 'false' WHEN 'R' THEN 'replica' ELSE 'always' END)
FROM pg_event_trigger AS e
