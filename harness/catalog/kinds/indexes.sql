-- Indexes, with what a failed CREATE INDEX CONCURRENTLY leaves behind: invalid, not ready, not live.
SELECT 'pg_class'::regclass, i.indexrelid, 0, 'index ' || x.name,
  NULL::aclitem[],
  json_build_object(
    'definition', pg_get_indexdef(i.indexrelid),
    'valid', i.indisvalid,
    'ready', i.indisready,
    'live', i.indislive,
    'clustered', i.indisclustered,
    'replica identity', i.indisreplident,
    'primary', i.indisprimary,
    'owner', x.relowner::regrole,
    'partition of', (SELECT inhparent::regclass FROM pg_inherits WHERE inhrelid = i.indexrelid),
    'tablespace', (SELECT spcname FROM pg_tablespace WHERE pg_tablespace.oid = x.reltablespace),
    'options', (SELECT string_agg(o, ', ' ORDER BY o COLLATE "C") FROM unnest(x.reloptions) AS o))
FROM pg_index AS i
JOIN relation AS x ON x.oid = i.indexrelid
JOIN relation AS r ON r.oid = i.indrelid
