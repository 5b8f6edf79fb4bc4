-- Columns of relations and composite types. `position` counts live columns only: a dropped one leaves no trace.
SELECT 'pg_class'::regclass, a.attrelid, a.attnum::int, 'column ' || a.attrelid::regclass || '.' || quote_ident(a.attname),
  json_build_object(
    'of', a.attrelid::regclass,
    'position', row_number() OVER (PARTITION BY a.attrelid ORDER BY a.attnum),
    'type', format_type(a.atttypid, a.atttypmod),
    'nullable', NOT a.attnotnull,
    'identity', CASE a.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by default' END,
    'generated', CASE a.attgenerated WHEN 's' THEN 'stored' WHEN 'v' THEN 'virtual' END,
    'collation', CASE WHEN a.attcollation <> 0 THEN a.attcollation::regcollation END,
    'statistics', nullif(a.attstattarget, -1),
    'storage', CASE a.attstorage WHEN 'p' THEN 'plain' WHEN 'e' THEN 'external' WHEN 'm' THEN 'main' ELSE 'extended' END,
    'compression', nullif(a.attcompression::text, ''),
    'options', array_to_string(a.attoptions, ', '),
    'foreign options', array_to_string(a.attfdwoptions, ', '),
    'grants', (SELECT json_agg(json_build_array(grantee::regrole, privilege_type, is_grantable))
      FROM aclexplode(a.attacl)),
    'inherited', CASE WHEN a.attinhcount > 0 THEN CASE WHEN a.attislocal THEN 'and local' ELSE 'only' END END)
FROM pg_attribute AS a
WHERE a.attrelid = ANY (ARRAY(SELECT oid FROM relation WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'c')))
  AND a.attnum > 0 AND NOT a.attisdropped
