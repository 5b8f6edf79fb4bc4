-- when: EXISTS (SELECT FROM pg_trigger WHERE NOT tgisinternal)
-- Triggers of the user; those of a foreign key belong to the constraint.
SELECT 'pg_trigger'::regclass, t.oid, 0, 'trigger ' || r.name || '.' || quote_ident(t.tgname),
  json_build_object(
    'definition', pg_get_triggerdef(t.oid),
    'enabled', CASE t.tgenabled WHEN 'O' THEN 'true' WHEN 'D' THEN 'false' WHEN 'R' THEN 'replica' ELSE 'always' END)
FROM pg_trigger AS t
JOIN relation AS r ON r.oid = t.tgrelid
WHERE NOT t.tgisinternal
