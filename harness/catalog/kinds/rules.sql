-- when: EXISTS (SELECT FROM relation WHERE relhasrules)
-- Rewrite rules; a view's own `_RETURN` is the view's definition.
SELECT 'pg_rewrite'::regclass, w.oid, 0, 'rule ' || r.name || '.' || quote_ident(w.rulename),
  json_build_object(
    'definition', pg_get_ruledef(w.oid),
    'enabled', CASE w.ev_enabled WHEN 'O' THEN 'true' WHEN 'D' THEN 'false' WHEN 'R' THEN 'replica' ELSE 'always' END)
FROM pg_rewrite AS w
JOIN relation AS r ON r.oid = w.ev_class
WHERE w.rulename <> '_RETURN' AND w.oid >= 16384
