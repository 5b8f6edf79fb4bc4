-- Indexes, with what a failed CREATE INDEX CONCURRENTLY leaves behind: invalid, not ready, not live.
SELECT 'pg_class'::regclass, i.indexrelid, 0, 'index ' || x.name,
  json_build_object(
    'definition', pg_get_indexdef(i.indexrelid),
    'valid', i.indisvalid,
    'ready', i.indisready,
    'live', i.indislive,
    'clustered', i.indisclustered,
    'replica identity', i.indisreplident,
    'primary', i.indisprimary,
    'owner', x.relowner::regrole)
FROM pg_index AS i
JOIN relation AS x ON x.oid = i.indexrelid
WHERE i.indrelid = ANY (ARRAY(SELECT oid FROM relation))
