-- Extensions. Its objects are implied by its version.
SELECT 'pg_extension'::regclass, e.oid, 0, 'extension ' || quote_ident(e.extname),
  json_build_object('version', e.extversion, 'schema', e.extnamespace::regnamespace, 'owner', e.extowner::regrole)
FROM pg_extension AS e
