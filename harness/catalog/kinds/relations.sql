-- Tables, views, materialized views, foreign tables and sequences. Indexes and composite types are kinds of their own.
-- A sequence's last value is data, not schema.
SELECT 'pg_class'::regclass, r.oid, 0,
  CASE r.relkind WHEN 'v' THEN 'view ' WHEN 'm' THEN 'materialized view ' WHEN 'f' THEN 'foreign table '
    WHEN 'S' THEN 'sequence ' ELSE 'table ' END || r.name,
  coalesce(r.relacl, acldefault(CASE r.relkind WHEN 'S' THEN 's'::"char" ELSE 'r' END, r.relowner)),
  json_build_object(
    'kind', CASE r.relkind WHEN 'p' THEN 'partitioned' END,
    'owner', r.relowner::regrole,
    'persistence', CASE r.relpersistence WHEN 'u' THEN 'unlogged' ELSE 'permanent' END,
    'access method', (SELECT amname FROM pg_am WHERE pg_am.oid = r.relam),
    'tablespace', (SELECT spcname FROM pg_tablespace WHERE pg_tablespace.oid = r.reltablespace),
    'options', (SELECT string_agg(o, ', ' ORDER BY o COLLATE "C") FROM unnest(r.reloptions) AS o),
    'toast options', CASE WHEN r.reltoastrelid <> 0 THEN
      (SELECT array_to_string(t.reloptions, ', ') FROM pg_class AS t WHERE t.oid = r.reltoastrelid) END,
    'row security', CASE WHEN r.relkind IN ('r', 'p') THEN r.relrowsecurity END,
    'forced row security', CASE WHEN r.relkind IN ('r', 'p') THEN r.relforcerowsecurity END,
    'replica identity', CASE WHEN r.relkind IN ('r', 'p', 'm') THEN
      CASE r.relreplident WHEN 'd' THEN 'default' WHEN 'n' THEN 'nothing' WHEN 'f' THEN 'full' ELSE 'index' END END,
    'of type', CASE WHEN r.reloftype <> 0 THEN r.reloftype::regtype END,
    'inherits', (SELECT string_agg(inhparent::regclass::text, ', ' ORDER BY inhseqno)
      FROM pg_inherits WHERE inhrelid = r.oid),
    'partition key', CASE WHEN r.relkind = 'p' THEN pg_get_partkeydef(r.oid) END,
    'partition bound', pg_get_expr(r.relpartbound, r.oid),
    'definition', CASE WHEN r.relkind IN ('v', 'm') THEN pg_get_viewdef(r.oid) END,
    'populated', CASE WHEN r.relkind = 'm' THEN r.relispopulated END,
    'foreign', CASE WHEN r.relkind = 'f' THEN
      (SELECT concat_ws(' ', srvname, ftoptions) FROM pg_foreign_table JOIN pg_foreign_server AS fs ON fs.oid = ftserver
       WHERE ftrelid = r.oid) END,
    'sequence', (SELECT format('%s start %s increment %s from %s to %s cache %s%s', seqtypid::regtype, seqstart,
      seqincrement, seqmin, seqmax, seqcache, CASE WHEN seqcycle THEN ' cycle' END)
      FROM pg_sequence WHERE seqrelid = r.oid),
    'owned by', CASE WHEN r.relkind = 'S' THEN
      (SELECT refobjid::regclass || '.' || quote_ident(attname)
       FROM pg_depend JOIN pg_attribute ON attrelid = refobjid AND attnum = refobjsubid
       WHERE classid = 'pg_class'::regclass AND objid = r.oid AND objsubid = 0
         AND refclassid = 'pg_class'::regclass AND deptype IN ('a', 'i')) END)
FROM relation AS r
WHERE r.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
