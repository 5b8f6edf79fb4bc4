-- Tables with rows and sequences, as one JSON value. Runs under pinned settings. Partitions are read through their root.
WITH tables AS (
  SELECT c.oid, c.relname, n.nspname, c.relkind
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't'
    AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND NOT EXISTS (
      SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
    )
)
SELECT json_build_object(
  'tables', (SELECT coalesce(json_agg(json_build_object(
    'oid', t.oid::text, 'schema', t.nspname, 'name', t.relname, 'kind', t.relkind,
    'columns', (SELECT coalesce(json_agg(json_build_object(
        'number', a.attnum, 'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod)
      ) ORDER BY a.attnum), '[]')
      FROM pg_attribute a WHERE a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped),
    'key', coalesce((SELECT array_to_json(i.indkey::int2[])
      FROM pg_index i
      WHERE i.indrelid = t.oid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL
        AND i.indnatts = i.indnkeyatts
        AND NOT EXISTS (
          SELECT FROM unnest(i.indkey::int2[]) AS part (number)
          LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = part.number AND a.attnum > 0 AND a.attnotnull
          WHERE a.attnum IS NULL)
      ORDER BY NOT i.indisprimary, i.indnatts, i.indexrelid LIMIT 1), '[]')
  ) ORDER BY t.nspname, t.relname), '[]') FROM tables t),
  'sequences', (SELECT coalesce(json_agg(json_build_object(
    'oid', s.seqrelid::text, 'name', s.seqrelid::regclass::text,
    'increment', s.seqincrement::text, 'min', s.seqmin::text, 'max', s.seqmax::text, 'cycles', s.seqcycle,
    'usedBy', (SELECT coalesce(json_agg(DISTINCT jsonb_build_object('table', u.rel::text, 'column', u.number)), '[]')
      FROM (
        SELECT d.refobjid, d.refobjsubid FROM pg_depend d
        WHERE d.classid = 'pg_class'::regclass AND d.objid = s.seqrelid AND d.objsubid = 0
          AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
        UNION ALL
        SELECT f.adrelid, f.adnum FROM pg_depend d JOIN pg_attrdef f ON f.oid = d.objid
        WHERE d.classid = 'pg_attrdef'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = s.seqrelid
      ) AS u (rel, number))
  ) ORDER BY s.seqrelid::regclass::text), '[]')
    FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid
    WHERE c.relpersistence <> 't' AND NOT EXISTS (
      SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = s.seqrelid AND d.deptype = 'e'
    ))
)::text AS answer
