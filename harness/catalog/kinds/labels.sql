-- when: EXISTS (SELECT FROM pg_enum)
-- The labels of enums, each a fact of its own with its place in the order: an added label takes nothing away.
SELECT 'pg_enum'::regclass, e.oid, 0,
  'label ' || n.name || '.' || quote_ident(t.typname) || '.' || quote_literal(e.enumlabel),
  json_build_object(
    'of', n.name || '.' || quote_ident(t.typname),
    'position', row_number() OVER (PARTITION BY e.enumtypid ORDER BY e.enumsortorder))
FROM pg_enum AS e
JOIN pg_type AS t ON t.oid = e.enumtypid
JOIN space AS n ON n.oid = t.typnamespace
WHERE NOT EXISTS (SELECT FROM member AS m WHERE m.classid = 'pg_type'::regclass AND m.objid = t.oid)
