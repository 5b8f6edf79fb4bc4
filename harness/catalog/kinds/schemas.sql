-- Schemas of the user.
SELECT 'pg_namespace'::regclass, oid, 0, 'schema ' || name,
  json_build_object(
    'owner', nspowner::regrole,
    'grants', (SELECT json_agg(json_build_array(grantee::regrole, privilege_type, is_grantable))
      FROM aclexplode(coalesce(nspacl, acldefault('n', nspowner)))))
FROM space
