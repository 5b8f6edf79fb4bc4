-- Step 1.3: which constraints and indexes the table has.

SELECT
    conname as constraint_name,
    contype as constraint_type,
    pg_get_constraintdef(oid) as definition
FROM pg_constraint
WHERE conrelid = 'organizations'::regclass;

SELECT
    indexname,
    indexdef
FROM pg_indexes
WHERE tablename = 'organizations'
AND schemaname = 'public';
