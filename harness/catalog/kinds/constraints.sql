-- Constraints of tables and domains. PostgreSQL 18 has conenforced, and NOT NULL as constraints; to_jsonb gives NULL
-- for a column that an older version lacks. `triggers` shows a foreign key that was switched off.
SELECT 'pg_constraint'::regclass, c.oid, 0,
  'constraint ' || CASE WHEN c.conrelid <> 0 THEN c.conrelid::regclass::text ELSE c.contypid::regtype::text END
    || '.' || quote_ident(c.conname),
  json_build_object(
    'definition', pg_get_constraintdef(c.oid),
    'validated', c.convalidated,
    'enforced', to_jsonb(c) ->> 'conenforced',
    'deferrable', c.condeferrable,
    'deferred', c.condeferred,
    'inherited', CASE WHEN c.coninhcount > 0 THEN CASE WHEN c.conislocal THEN 'and local' ELSE 'only' END END,
    'triggers', CASE WHEN c.contype = 'f' THEN
      (SELECT string_agg(DISTINCT CASE tgenabled WHEN 'O' THEN 'enabled' WHEN 'D' THEN 'disabled'
        WHEN 'R' THEN 'replica' ELSE 'always' END, ', ') FROM pg_trigger WHERE tgconstraint = c.oid) END)
FROM pg_constraint AS c
WHERE c.oid >= 16384 AND c.connamespace = ANY (ARRAY(SELECT oid FROM space))
  AND CASE WHEN c.conrelid <> 0 THEN c.conrelid IN (SELECT oid FROM relation)
    ELSE c.contypid NOT IN (SELECT objid FROM member WHERE classid = 'pg_type'::regclass) END
