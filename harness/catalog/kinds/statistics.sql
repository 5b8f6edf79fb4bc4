-- when: EXISTS (SELECT FROM pg_statistic_ext)
-- Extended statistics.
SELECT 'pg_statistic_ext'::regclass, s.oid, 0, 'statistics ' || n.name || '.' || quote_ident(s.stxname),
  json_build_object(
    'definition', pg_get_statisticsobjdef(s.oid),
    'owner', s.stxowner::regrole,
    'statistics', nullif(s.stxstattarget, -1))
FROM pg_statistic_ext AS s
JOIN space AS n ON n.oid = s.stxnamespace
