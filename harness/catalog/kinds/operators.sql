-- when: EXISTS (SELECT FROM pg_operator WHERE oid >= 16384)
-- Operators.
SELECT 'pg_operator'::regclass, o.oid, 0, 'operator ' || o.oid::regoperator,
  json_build_object(
    'owner', o.oprowner::regrole,
    'function', o.oprcode::regprocedure,
    'result', o.oprresult::regtype,
    'commutator', CASE WHEN o.oprcom <> 0 THEN o.oprcom::regoperator END,
    'negator', CASE WHEN o.oprnegate <> 0 THEN o.oprnegate::regoperator END,
    'restrict', CASE WHEN o.oprrest <> 0 THEN o.oprrest END,
    'join', CASE WHEN o.oprjoin <> 0 THEN o.oprjoin END,
    'merges', o.oprcanmerge,
    'hashes', o.oprcanhash)
FROM pg_operator AS o
WHERE o.oid >= 16384 AND o.oprnamespace IN (SELECT oid FROM space)
