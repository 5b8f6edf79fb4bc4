-- Step 1.3: the constraints and indexes of the table.
-- Each statement takes ACCESS SHARE on the system catalogs, for its own duration; it blocks no reads or writes.

SELECT
    conname as constraint_name,
    contype as constraint_type,
    pg_get_constraintdef(oid) as definition
FROM pg_constraint
WHERE conrelid = 'organizations'::regclass
ORDER BY conname;

SELECT
    indexname,
    indexdef
FROM pg_indexes
WHERE tablename = 'organizations'
AND to_regclass(format('%I.%I', schemaname, tablename)) = 'organizations'::REGCLASS
ORDER BY indexname;
