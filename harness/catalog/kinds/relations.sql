-- Tables, views, materialized views, foreign tables and sequences. Indexes and composite types are kinds of their own.
-- Properties from other catalogs are in relation-details.sql and sequences.sql.
SELECT 'pg_class'::regclass, r.oid, 0,
  CASE r.relkind WHEN 'v' THEN 'view ' WHEN 'm' THEN 'materialized view ' WHEN 'f' THEN 'foreign table '
    WHEN 'S' THEN 'sequence ' ELSE 'table ' END || r.name,
  json_build_object(
    'kind', CASE r.relkind WHEN 'p' THEN 'partitioned' END,
    'owner', r.relowner::regrole,
    'grants', (SELECT json_agg(json_build_array(grantee::regrole, privilege_type, is_grantable))
      FROM aclexplode(
        coalesce(r.relacl, acldefault(CASE r.relkind WHEN 'S' THEN 's'::"char" ELSE 'r' END, r.relowner)))),
    'persistence', CASE r.relpersistence WHEN 'u' THEN 'unlogged' ELSE 'permanent' END,
    'access method', CASE r.relam WHEN 2 THEN 'heap' END,
    'row security', CASE WHEN r.relkind IN ('r', 'p') THEN r.relrowsecurity END,
    'forced row security', CASE WHEN r.relkind IN ('r', 'p') THEN r.relforcerowsecurity END,
    'replica identity', CASE WHEN r.relkind IN ('r', 'p', 'm') THEN
      CASE r.relreplident WHEN 'd' THEN 'default' WHEN 'n' THEN 'nothing' WHEN 'f' THEN 'full' ELSE 'index' END END,
    'of type', CASE WHEN r.reloftype <> 0 THEN r.reloftype::regtype END,
    'partition key', CASE WHEN r.relkind = 'p' THEN pg_get_partkeydef(r.oid) END,
    'partition bound', pg_get_expr(r.relpartbound, r.oid),
    'definition', CASE WHEN r.relkind IN ('v', 'm') THEN pg_get_viewdef(r.oid) END,
    'populated', CASE WHEN r.relkind = 'm' THEN r.relispopulated END)
FROM relation AS r
WHERE r.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
