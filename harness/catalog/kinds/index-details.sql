-- when: EXISTS (SELECT FROM relation WHERE relkind IN ('i', 'I')
--     AND (reltablespace <> 0 OR reloptions IS NOT NULL OR relispartition))
-- More of indexes: what few of them have.
SELECT 'pg_class'::regclass, x.oid, 0, NULL,
  json_build_object(
    'partition of', (SELECT inhparent::regclass FROM pg_inherits WHERE inhrelid = x.oid),
    'tablespace', (SELECT spcname FROM pg_tablespace WHERE pg_tablespace.oid = x.reltablespace),
    'options', (SELECT string_agg(o, ', ' ORDER BY o COLLATE "C") FROM unnest(x.reloptions) AS o))
FROM relation AS x
WHERE x.relkind IN ('i', 'I')
