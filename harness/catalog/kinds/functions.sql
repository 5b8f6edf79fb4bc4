-- Functions, procedures and aggregates. The name says the types of the arguments, as PostgreSQL tells overloads apart;
-- names, modes and defaults of the arguments are properties.
SELECT 'pg_proc'::regclass, p.oid, 0,
  CASE p.prokind WHEN 'p' THEN 'procedure ' WHEN 'a' THEN 'aggregate ' ELSE 'function ' END
    || n.name || '.' || quote_ident(p.proname) || '(' || oidvectortypes(p.proargtypes) || ')',
  coalesce(p.proacl, acldefault('f', p.proowner)),
  json_build_object(
    'arguments', pg_get_function_arguments(p.oid),
    'result', pg_get_function_result(p.oid),
    'body', coalesce(pg_get_function_sqlbody(p.oid), p.prosrc),
    'library', p.probin,
    'window', CASE WHEN p.prokind = 'w' THEN true END,
    'language', (SELECT lanname FROM pg_language AS l WHERE l.oid = p.prolang),
    'owner', p.proowner::regrole,
    'volatility', CASE p.provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable' ELSE 'volatile' END,
    'strict', p.proisstrict,
    'security definer', p.prosecdef,
    'leakproof', p.proleakproof,
    'parallel', CASE p.proparallel WHEN 's' THEN 'safe' WHEN 'r' THEN 'restricted' ELSE 'unsafe' END,
    'cost', p.procost,
    'rows', p.prorows,
    'support', CASE WHEN p.prosupport <> 0 THEN p.prosupport END,
    'config', (SELECT string_agg(c, E'\n' ORDER BY c COLLATE "C") FROM unnest(p.proconfig) AS c),
    'aggregate', CASE WHEN p.prokind = 'a' THEN
      (SELECT concat_ws(' ', aggkind, aggtransfn, aggfinalfn, aggcombinefn, aggserialfn, aggdeserialfn,
        aggmtransfn, aggminvtransfn, aggmfinalfn, aggfinalextra, aggmfinalextra, aggfinalmodify, aggmfinalmodify,
        CASE WHEN aggsortop <> 0 THEN aggsortop::regoperator END, aggtranstype::regtype, aggtransspace,
        quote_nullable(agginitval), quote_nullable(aggminitval))
       FROM pg_aggregate WHERE aggfnoid = p.oid) END)
FROM pg_proc AS p
JOIN space AS n ON n.oid = p.pronamespace
WHERE p.oid >= 16384
