-- when: EXISTS (SELECT FROM relation WHERE relkind NOT IN ('i', 'I')
--     AND (reltablespace <> 0 OR reloptions IS NOT NULL OR relkind = 'f' OR relam NOT IN (0, 2)))
--   OR EXISTS (SELECT FROM pg_inherits)
--   OR EXISTS (SELECT FROM pg_class WHERE oid >= 16384 AND relkind = 't' AND reloptions IS NOT NULL)
-- More of tables and their like: what few of them have.
SELECT 'pg_class'::regclass, r.oid, 0, NULL,
  json_build_object(
    'access method', (SELECT amname FROM pg_am WHERE pg_am.oid = r.relam),
    'tablespace', (SELECT spcname FROM pg_tablespace WHERE pg_tablespace.oid = r.reltablespace),
    'options', (SELECT string_agg(o, ', ' ORDER BY o COLLATE "C") FROM unnest(r.reloptions) AS o),
    'toast options', CASE WHEN r.reltoastrelid <> 0 THEN
      (SELECT array_to_string(t.reloptions, ', ') FROM pg_class AS t WHERE t.oid = r.reltoastrelid) END,
    'inherits', (SELECT string_agg(inhparent::regclass::text, ', ' ORDER BY inhseqno)
      FROM pg_inherits WHERE inhrelid = r.oid),
    'foreign', CASE WHEN r.relkind = 'f' THEN
      (SELECT concat_ws(' ', srvname, ftoptions) FROM pg_foreign_table JOIN pg_foreign_server AS fs ON fs.oid = ftserver
       WHERE ftrelid = r.oid) END)
FROM relation AS r
WHERE r.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
