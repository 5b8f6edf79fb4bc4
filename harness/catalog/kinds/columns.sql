-- Columns of relations and composite types. `position` counts live columns only: a dropped one leaves no trace.
SELECT 'pg_class'::regclass, a.attrelid, a.attnum::int, 'column ' || r.name || '.' || quote_ident(a.attname),
  a.attacl,
  json_build_object(
    'of', r.name,
    'position', row_number() OVER (PARTITION BY a.attrelid ORDER BY a.attnum),
    'type', format_type(a.atttypid, a.atttypmod),
    'default', pg_get_expr(d.adbin, d.adrelid),
    'nullable', NOT a.attnotnull,
    'identity', CASE a.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by default' END,
    'generated', CASE a.attgenerated WHEN 's' THEN 'stored' WHEN 'v' THEN 'virtual' END,
    'collation', CASE WHEN a.attcollation <> 0 THEN a.attcollation::regcollation END,
    'statistics', nullif(a.attstattarget, -1),
    'storage', CASE a.attstorage WHEN 'p' THEN 'plain' WHEN 'e' THEN 'external' WHEN 'm' THEN 'main' ELSE 'extended' END,
    'compression', nullif(a.attcompression::text, ''),
    'options', array_to_string(a.attoptions, ', '),
    'foreign options', array_to_string(a.attfdwoptions, ', '),
    'inherited', CASE WHEN a.attinhcount > 0 THEN CASE WHEN a.attislocal THEN 'and local' ELSE 'only' END END)
FROM relation AS r
JOIN pg_attribute AS a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE r.relkind IN ('r', 'p', 'v', 'm', 'f', 'c')
