-- when: EXISTS (SELECT FROM pg_type WHERE oid >= 16384 AND (typtype IN ('d', 'e', 'r') OR typtype = 'b' AND typsubscript <> 'array_subscript_handler'::regproc)) OR EXISTS (SELECT FROM relation WHERE relkind = 'c')
-- User-defined types: domains, enums, composites, ranges and base types. Left out are those that come with
-- something else: a table's row type, an array type, a multirange. The labels of an enum are a kind of their own.
SELECT 'pg_type'::regclass, t.oid, 0, 'type ' || n.name || '.' || quote_ident(t.typname),
  json_build_object(
    'kind', CASE t.typtype WHEN 'd' THEN 'domain' WHEN 'e' THEN 'enum' WHEN 'c' THEN 'composite'
      WHEN 'r' THEN 'range' ELSE 'base' END,
    'owner', t.typowner::regrole,
    'grants', (SELECT json_agg(json_build_array(grantee::regrole, privilege_type, is_grantable))
      FROM aclexplode(coalesce(t.typacl, acldefault('T', t.typowner)))),
    'base', CASE WHEN t.typtype = 'd' THEN format_type(t.typbasetype, t.typtypmod) END,
    'default', t.typdefault,
    'nullable', CASE WHEN t.typtype = 'd' THEN NOT t.typnotnull END,
    'collation', CASE WHEN t.typcollation <> 0 THEN t.typcollation::regcollation END,
    'range', (SELECT concat_ws(' ', rngsubtype::regtype, opcname, CASE WHEN rngcollation <> 0 THEN rngcollation::regcollation END,
      rngcanonical, rngsubdiff, rngmultitypid::regtype)
      FROM pg_range LEFT JOIN pg_opclass AS o ON o.oid = rngsubopc WHERE rngtypid = t.oid),
    'form', CASE WHEN t.typtype = 'b' THEN
      concat_ws(' ', t.typinput, t.typoutput, t.typreceive, t.typsend, t.typmodin, t.typmodout, t.typanalyze, t.typlen,
        t.typbyval, t.typalign, t.typstorage, t.typcategory, t.typispreferred, t.typdelim) END)
FROM pg_type AS t
JOIN space AS n ON n.oid = t.typnamespace
LEFT JOIN relation AS r ON r.oid = t.typrelid
WHERE t.oid >= 16384
  AND CASE t.typtype WHEN 'c' THEN r.relkind = 'c' WHEN 'm' THEN false WHEN 'p' THEN false
    WHEN 'b' THEN t.typsubscript <> 'array_subscript_handler'::regproc ELSE true END
