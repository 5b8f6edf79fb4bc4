-- Step 1.1: the table before the migration.
-- Every statement here takes ACCESS SHARE on the system catalogs, for its own duration; it blocks no reads or writes.

SELECT
    column_name,
    data_type,
    is_nullable,
    column_default
FROM information_schema.columns
WHERE table_name = 'organizations'
AND to_regclass(format('%I.%I', table_schema, table_name)) = 'organizations'::REGCLASS
ORDER BY ordinal_position;

SELECT
    column_name,
    data_type
FROM information_schema.columns
WHERE table_name = 'organizations'
AND to_regclass(format('%I.%I', table_schema, table_name)) = 'organizations'::REGCLASS
AND column_name ILIKE '%credit%'
ORDER BY ordinal_position;
