-- when: EXISTS (SELECT FROM pg_default_acl)
-- What ALTER DEFAULT PRIVILEGES set.
SELECT 'pg_default_acl'::regclass, d.oid, 0,
  format('default privileges of %s%s on %s', d.defaclrole::regrole,
    CASE WHEN d.defaclnamespace <> 0 THEN ' in schema ' || d.defaclnamespace::regnamespace END,
    CASE d.defaclobjtype WHEN 'r' THEN 'tables' WHEN 'S' THEN 'sequences' WHEN 'f' THEN 'functions'
      WHEN 'T' THEN 'types' WHEN 'n' THEN 'schemas' WHEN 'L' THEN 'large objects' ELSE d.defaclobjtype::text END),
  json_build_object(
    'grants', (SELECT json_agg(json_build_array(grantee::regrole, privilege_type, is_grantable))
      FROM aclexplode(d.defaclacl)))
FROM pg_default_acl AS d
