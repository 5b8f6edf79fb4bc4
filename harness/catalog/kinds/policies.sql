-- when: EXISTS (SELECT FROM pg_policy)
-- Row-security policies.
SELECT 'pg_policy'::regclass, p.oid, 0, 'policy ' || r.name || '.' || quote_ident(p.polname),
  json_build_object(
    'command', CASE p.polcmd WHEN 'r' THEN 'select' WHEN 'a' THEN 'insert' WHEN 'w' THEN 'update'
      WHEN 'd' THEN 'delete' ELSE 'all' END,
    'permissive', p.polpermissive,
    'roles', (SELECT string_agg(name, ', ' ORDER BY name COLLATE "C")
      FROM (SELECT CASE role WHEN 0 THEN 'PUBLIC' ELSE role::regrole::text END FROM unnest(p.polroles) AS role) AS r (name)),
    'using', pg_get_expr(p.polqual, p.polrelid),
    'check', pg_get_expr(p.polwithcheck, p.polrelid))
FROM pg_policy AS p
JOIN relation AS r ON r.oid = p.polrelid
