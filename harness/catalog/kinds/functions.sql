-- Functions, procedures and aggregates. The name contains the types of the arguments, as PostgreSQL distinguishes overloads;
-- names, modes and defaults of the arguments are properties.
SELECT 'pg_proc'::regclass, p.oid, 0,
  CASE p.prokind WHEN 'p' THEN 'procedure ' WHEN 'a' THEN 'aggregate ' ELSE 'function ' END
    || p.pronamespace::regnamespace || '.' || quote_ident(p.proname) || '(' || oidvectortypes(p.proargtypes) || ')',
  json_build_object(
    'arguments', pg_get_function_arguments(p.oid),
    'result', pg_get_function_result(p.oid),
    'body', coalesce(pg_get_function_sqlbody(p.oid), p.prosrc),
    'library', p.probin,
    'window', CASE WHEN p.prokind = 'w' THEN true END,
    'language', (SELECT lanname FROM pg_language AS l WHERE l.oid = p.prolang),
    'owner', p.proowner::regrole,
    'grants', (SELECT json_agg(json_build_array(grantee::regrole, privilege_type, is_grantable))
      FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner)))),
    'volatility', CASE p.provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable' ELSE 'volatile' END,
    'strict', p.proisstrict,
    'security definer', p.prosecdef,
    'leakproof', p.proleakproof,
    'parallel', CASE p.proparallel WHEN 's' THEN 'safe' WHEN 'r' THEN 'restricted' ELSE 'unsafe' END,
    'cost', p.procost,
    'rows', p.prorows,
    'support', CASE WHEN p.prosupport <> 0 THEN p.prosupport END,
    'config', p.proconfig)
FROM pg_proc AS p
WHERE p.oid >= 16384 AND p.pronamespace = ANY (ARRAY(SELECT oid FROM space))
