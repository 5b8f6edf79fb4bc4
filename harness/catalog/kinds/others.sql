-- when: EXISTS (SELECT FROM pg_depend WHERE objid >= 16384 AND classid IN ('pg_collation'::regclass,
--     'pg_conversion'::regclass, 'pg_opclass'::regclass, 'pg_opfamily'::regclass, 'pg_ts_config'::regclass,
--     'pg_ts_dict'::regclass, 'pg_ts_parser'::regclass, 'pg_ts_template'::regclass))
--   OR EXISTS (SELECT FROM pg_language WHERE oid >= 16384) OR EXISTS (SELECT FROM pg_am WHERE oid >= 16384)
--   OR pg_relation_size('pg_foreign_data_wrapper') > 0 OR pg_relation_size('pg_foreign_server') > 0
--   OR pg_relation_size('pg_transform') > 0
-- Whatever else a script can leave behind, by name alone, so that nothing of it goes unseen. The first eight catalogs
-- hold what belongs to a schema, and so depends on it.
SELECT classid, oid, 0, identified.type || ' ' || identified.identity, json_build_object()
FROM (
  SELECT 'pg_collation'::regclass::oid, oid FROM pg_collation
  UNION ALL SELECT 'pg_conversion'::regclass, oid FROM pg_conversion
  UNION ALL SELECT 'pg_opclass'::regclass, oid FROM pg_opclass
  UNION ALL SELECT 'pg_opfamily'::regclass, oid FROM pg_opfamily
  UNION ALL SELECT 'pg_ts_config'::regclass, oid FROM pg_ts_config
  UNION ALL SELECT 'pg_ts_dict'::regclass, oid FROM pg_ts_dict
  UNION ALL SELECT 'pg_ts_parser'::regclass, oid FROM pg_ts_parser
  UNION ALL SELECT 'pg_ts_template'::regclass, oid FROM pg_ts_template
  UNION ALL SELECT 'pg_foreign_data_wrapper'::regclass, oid FROM pg_foreign_data_wrapper
  UNION ALL SELECT 'pg_foreign_server'::regclass, oid FROM pg_foreign_server
  UNION ALL SELECT 'pg_language'::regclass, oid FROM pg_language
  UNION ALL SELECT 'pg_am'::regclass, oid FROM pg_am
  UNION ALL SELECT 'pg_transform'::regclass, oid FROM pg_transform
) AS other (classid, oid)
CROSS JOIN LATERAL pg_identify_object(classid, oid, 0) AS identified
WHERE oid >= 16384 AND coalesce(identified.schema, '') NOT LIKE 'pg\_%'
