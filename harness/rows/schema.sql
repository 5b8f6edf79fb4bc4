-- All that the generation of rows needs to know of a schema, as one JSON value. Runs under pinned settings: names are qualified.
WITH RECURSIVE tables AS (
  SELECT c.oid, c.relname, n.nspname, c.relkind, c.relispartition, c.relpartbound
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND NOT EXISTS (
      SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
    )
),
attributes AS (
  SELECT a.* FROM pg_attribute a JOIN tables t ON t.oid = a.attrelid WHERE a.attnum > 0 AND NOT a.attisdropped
),
reached AS (
  SELECT atttypid AS oid FROM attributes
  UNION
  SELECT part.oid
  FROM reached
  JOIN pg_type t ON t.oid = reached.oid
  CROSS JOIN LATERAL (
    SELECT t.typelem WHERE t.typcategory = 'A'
    UNION ALL SELECT t.typbasetype
    UNION ALL SELECT r.rngsubtype FROM pg_range r WHERE t.typtype IN ('r', 'm') AND (r.rngtypid = t.oid OR to_jsonb(r) ->> 'rngmultitypid' = t.oid::text)
    UNION ALL SELECT a.atttypid FROM pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
  ) part (oid)
  WHERE part.oid <> 0
)
SELECT json_build_object(
  'tables', (SELECT coalesce(json_agg(json_build_object(
    'oid', t.oid::text, 'schema', t.nspname, 'name', t.relname, 'kind', t.relkind, 'isPartition', t.relispartition,
    'bound', pg_get_expr(t.relpartbound, t.oid),
    'partitionConstraint', CASE WHEN t.relispartition THEN pg_get_partition_constraintdef(t.oid) END,
    'partitionKey', CASE t.relkind WHEN 'p' THEN pg_get_partkeydef(t.oid) END,
    'parents', (SELECT coalesce(json_agg(i.inhparent::text ORDER BY i.inhseqno), '[]') FROM pg_inherits i WHERE i.inhrelid = t.oid),
    'columns', (SELECT coalesce(json_agg(json_build_object(
        'number', a.attnum, 'name', a.attname, 'type', a.atttypid::text, 'typmod', a.atttypmod,
        'typeName', format_type(a.atttypid, a.atttypmod), 'notNull', a.attnotnull,
        'mayHoldNull', EXISTS (SELECT FROM pg_constraint c WHERE c.conrelid = a.attrelid AND c.contype = 'n' AND a.attnum = ANY (c.conkey) AND NOT c.convalidated),
        'identity', a.attidentity, 'generated', a.attgenerated,
        'default', (SELECT pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef d WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum),
        'sequence', pg_get_serial_sequence(format('%I.%I', t.nspname, t.relname), a.attname)
      ) ORDER BY a.attnum), '[]') FROM attributes a WHERE a.attrelid = t.oid),
    'checks', (SELECT coalesce(json_agg(json_build_object(
        'name', c.conname, 'expression', pg_get_expr(c.conbin, c.conrelid), 'validated', c.convalidated
      ) ORDER BY c.conname), '[]') FROM pg_constraint c WHERE c.conrelid = t.oid AND c.contype = 'c'),
    'keys', (SELECT coalesce(json_agg(json_build_object(
        'name', k.relname, 'primary', i.indisprimary,
        'columns', (SELECT json_agg(i.indkey[p - 1] ORDER BY p) FROM generate_series(1, i.indnkeyatts) p),
        'expressions', (SELECT json_agg(pg_get_indexdef(i.indexrelid, p, true) ORDER BY p) FROM generate_series(1, i.indnkeyatts) p),
        'collations', (SELECT json_agg((SELECT format('%I.%I', m.nspname, l.collname)
            FROM pg_collation l JOIN pg_namespace m ON m.oid = l.collnamespace
            WHERE l.oid = i.indcollation[p - 1] AND NOT l.collisdeterministic
          ) ORDER BY p) FROM generate_series(1, i.indnkeyatts) p),
        'predicate', pg_get_expr(i.indpred, i.indrelid),
        'nullsNotDistinct', coalesce((to_jsonb(i) ->> 'indnullsnotdistinct')::boolean, false)
      ) ORDER BY NOT i.indisprimary, k.relname), '[]')
      FROM pg_index i JOIN pg_class k ON k.oid = i.indexrelid WHERE i.indrelid = t.oid AND i.indisunique),
    'exclusions', (SELECT coalesce(json_agg(json_build_object(
        'name', c.conname, 'columns', c.conkey,
        'expressions', (SELECT json_agg(pg_get_indexdef(c.conindid, p, true) ORDER BY p) FROM generate_series(1, cardinality(c.conkey)) p),
        'predicate', (SELECT pg_get_expr(i.indpred, i.indrelid) FROM pg_index i WHERE i.indexrelid = c.conindid),
        'operators', (SELECT json_agg(CASE m.nspname WHEN 'pg_catalog' THEN o.oprname ELSE format('OPERATOR(%I.%s)', m.nspname, o.oprname) END ORDER BY p)
          FROM unnest(c.conexclop) WITH ORDINALITY u (op, p) JOIN pg_operator o ON o.oid = u.op JOIN pg_namespace m ON m.oid = o.oprnamespace)
      ) ORDER BY c.conname), '[]') FROM pg_constraint c WHERE c.conrelid = t.oid AND c.conexclop IS NOT NULL),
    'evaluated', (SELECT coalesce(json_agg(json_build_object(
        'name', k.relname,
        'expressions', (SELECT json_agg(pg_get_indexdef(i.indexrelid, p, true) ORDER BY p) FROM generate_series(1, i.indnatts) p WHERE i.indkey[p - 1] = 0),
        'predicate', pg_get_expr(i.indpred, i.indrelid)
      ) ORDER BY k.relname), '[]')
      FROM pg_index i JOIN pg_class k ON k.oid = i.indexrelid
      WHERE i.indrelid = t.oid AND (i.indexprs IS NOT NULL OR i.indpred IS NOT NULL)),
    'foreignKeys', (SELECT coalesce(json_agg(json_build_object(
        'name', c.conname, 'columns', c.conkey, 'table', c.confrelid::text, 'references', c.confkey, 'deferrable', c.condeferrable,
        'validated', c.convalidated, 'matchesFull', c.confmatchtype = 'f', 'isTemporal', coalesce((to_jsonb(c) ->> 'conperiod')::boolean, false)
      ) ORDER BY c.conname), '[]')
      FROM pg_constraint c WHERE c.conrelid = t.oid AND c.contype = 'f' AND c.conparentid = 0),
    'triggers', (SELECT coalesce(json_agg(json_build_object('name', g.tgname, 'function', p.proname, 'body', p.prosrc,
        'deferrable', g.tgdeferrable, 'conditional', g.tgqual IS NOT NULL, 'called', (
        SELECT string_agg(f.prosrc, E'\n' ORDER BY f.proname, f.oid) FROM pg_proc f JOIN pg_namespace m ON m.oid = f.pronamespace
        WHERE f.oid >= 16384 AND m.nspname !~ '^pg_' AND position(f.proname || '(' IN p.prosrc) > 0
      )) ORDER BY g.tgname), '[]')
      FROM pg_trigger g JOIN pg_proc p ON p.oid = g.tgfoid
      WHERE g.tgrelid = t.oid AND NOT g.tgisinternal AND g.tgtype & 4 = 4 AND g.tgenabled <> 'D')
  ) ORDER BY t.nspname, t.relname), '[]') FROM tables t),
  'types', (SELECT coalesce(json_agg(json_build_object(
    'oid', t.oid::text, 'name', t.typname, 'schema', n.nspname, 'kind', t.typtype, 'category', t.typcategory,
    'element', CASE t.typcategory WHEN 'A' THEN t.typelem::text END,
    'base', CASE t.typtype WHEN 'd' THEN t.typbasetype::text END,
    'baseName', CASE t.typtype WHEN 'd' THEN format_type(t.typbasetype, t.typtypmod) END, 'typmod', t.typtypmod, 'notNull', t.typnotnull,
    'labels', (SELECT json_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid),
    'subtype', (SELECT r.rngsubtype::text FROM pg_range r WHERE t.typtype IN ('r', 'm') AND (r.rngtypid = t.oid OR to_jsonb(r) ->> 'rngmultitypid' = t.oid::text)),
    'checks', (SELECT json_agg(pg_get_expr(c.conbin, 0) ORDER BY c.conname)
      FROM pg_constraint c WHERE c.contypid = t.oid AND c.contype = 'c'),
    'validatedChecks', (SELECT coalesce(json_agg(pg_get_expr(c.conbin, 0) ORDER BY c.conname), '[]')
      FROM pg_constraint c WHERE c.contypid = t.oid AND c.contype = 'c' AND c.convalidated),
    'attributes', (SELECT json_agg(json_build_object('name', a.attname, 'type', a.atttypid::text, 'typmod', a.atttypmod) ORDER BY a.attnum)
      FROM pg_attribute a WHERE t.typtype = 'c' AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped)
  )), '[]') FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE t.oid IN (SELECT oid FROM reached)),
  'functions', (SELECT coalesce(json_agg(json_build_object('name', p.proname, 'arguments', coalesce(p.proargnames, '{}'), 'body', p.prosrc)
      ORDER BY p.proname), '[]')
    FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
    WHERE p.oid >= 16384 AND p.prokind = 'f' AND l.lanname = 'sql' AND NOT p.proretset AND p.prosrc ~* '^\s*select\y'
      AND p.prosrc !~* '\y(from\s+["a-z_]+\s*(\.|,|;|$|where\y|join\y|limit\y|order\y|as\y)|with)\y|--|;\s*\S|/\*'
      AND NOT EXISTS (SELECT FROM pg_proc o WHERE o.proname = p.proname AND o.oid <> p.oid))
) AS answer
