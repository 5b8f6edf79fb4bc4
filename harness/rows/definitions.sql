-- The user's functions, views, rules and triggers, as what is run where a name is used: one JSON value. Runs under pinned settings.
SELECT coalesce(json_agg(json_build_object('name', name, 'text', text, 'when', runs)), '[]') AS answer
FROM (
  SELECT p.proname, CASE WHEN p.prosqlbody IS NULL THEN p.prosrc ELSE pg_get_functiondef(p.oid) END,
    CASE WHEN p.oid IN (SELECT evtfoid FROM pg_event_trigger) THEN 'always' ELSE 'named' END
  FROM pg_proc p WHERE p.oid >= 16384 AND p.prokind IN ('f', 'p')
  UNION ALL
  SELECT c.relname, pg_get_ruledef(r.oid), 'named'
  FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class WHERE r.oid >= 16384
  UNION ALL
  SELECT c.relname, p.proname, 'write'
  FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid WHERE NOT t.tgisinternal
) d (name, text, runs)
