-- More of the columns that have a default or are generated.
SELECT 'pg_class'::regclass, adrelid, adnum::int, NULL, json_build_object('default', pg_get_expr(adbin, adrelid))
FROM pg_attrdef
WHERE adrelid >= 16384
