-- Schemas of the user.
SELECT 'pg_namespace'::regclass, oid, 0, 'schema ' || name,
  coalesce(nspacl, acldefault('n', nspowner)),
  json_build_object('owner', nspowner::regrole)
FROM space
