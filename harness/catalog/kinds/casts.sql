-- when: EXISTS (SELECT FROM pg_cast WHERE oid >= 16384)
-- Casts. They belong to no schema; those of the system have low numbers.
SELECT 'pg_cast'::regclass, c.oid, 0, format('cast (%s AS %s)', c.castsource::regtype, c.casttarget::regtype),
  json_build_object(
    'function', CASE WHEN c.castfunc <> 0 THEN c.castfunc::regprocedure END,
    'context', CASE c.castcontext WHEN 'i' THEN 'implicit' WHEN 'a' THEN 'assignment' ELSE 'explicit' END,
    'method', CASE c.castmethod WHEN 'f' THEN 'function' WHEN 'i' THEN 'inout' ELSE 'binary' END)
FROM pg_cast AS c
WHERE c.oid >= 16384
