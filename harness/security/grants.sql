-- All grants but those to owners and those on PostgreSQL's own objects. An object without an access control list has
-- the default privileges (PostgreSQL manual, 5.8 Privileges).
SELECT json_agg(json_build_object(
  'object', object.type || ' ' || object.identity,
  'grantee', CASE granted.grantee WHEN 0 THEN 'PUBLIC' ELSE granted.grantee::regrole::text END,
  'privilege', granted.privilege_type,
  'grantable', granted.is_grantable
)) AS answer
FROM (
  SELECT 'pg_class'::regclass, oid, 0, relowner,
    coalesce(relacl, acldefault(CASE relkind WHEN 'S' THEN 's'::"char" ELSE 'r' END, relowner))
  FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
  UNION ALL
  SELECT 'pg_class'::regclass, attrelid, attnum, relowner, attacl
  FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid WHERE attacl IS NOT NULL
  UNION ALL
  SELECT 'pg_proc'::regclass, oid, 0, proowner, coalesce(proacl, acldefault('f', proowner)) FROM pg_proc
  UNION ALL
  SELECT 'pg_type'::regclass, oid, 0, typowner, coalesce(typacl, acldefault('T', typowner))
  FROM pg_type WHERE typelem = 0 AND (typrelid = 0 OR (SELECT relkind = 'c' FROM pg_class WHERE pg_class.oid = typrelid))
  UNION ALL
  SELECT 'pg_namespace'::regclass, oid, 0, nspowner, coalesce(nspacl, acldefault('n', nspowner)) FROM pg_namespace
  UNION ALL
  SELECT 'pg_language'::regclass, oid, 0, lanowner, coalesce(lanacl, acldefault('l', lanowner)) FROM pg_language
  UNION ALL
  SELECT 'pg_database'::regclass, oid, 0, datdba, coalesce(datacl, acldefault('d', datdba))
  FROM pg_database WHERE datname = current_database()
  UNION ALL
  SELECT 'pg_foreign_data_wrapper'::regclass, oid, 0, fdwowner, coalesce(fdwacl, acldefault('F', fdwowner))
  FROM pg_foreign_data_wrapper
  UNION ALL
  SELECT 'pg_foreign_server'::regclass, oid, 0, srvowner, coalesce(srvacl, acldefault('S', srvowner))
  FROM pg_foreign_server
  UNION ALL
  SELECT 'pg_largeobject'::regclass, oid, 0, lomowner, coalesce(lomacl, acldefault('L', lomowner))
  FROM pg_largeobject_metadata
  UNION ALL
  SELECT 'pg_default_acl'::regclass, oid, 0, defaclrole, defaclacl FROM pg_default_acl
) AS stored (class, oid, sub, owner, acl)
CROSS JOIN LATERAL aclexplode(stored.acl) AS granted
CROSS JOIN LATERAL pg_identify_object(stored.class, stored.oid, stored.sub) AS object
WHERE granted.grantee <> stored.owner
AND (stored.oid >= 16384 OR stored.class IN ('pg_namespace'::regclass, 'pg_language'::regclass, 'pg_database'::regclass))
