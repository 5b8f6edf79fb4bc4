-- Step 5.1: the emergency rollback removes everything, the numbers included. Rows of credit_actions stay.
-- All or nothing, from every state that migrating passes through, and repeatable.

BEGIN;

-- Takes no lock. Until COMMIT the search_path is the schema of the two tables, in which the functions are.
SELECT set_config('search_path', string_agg(DISTINCT relnamespace::REGNAMESPACE::TEXT, ', ') || ', pg_temp', TRUE)
FROM pg_catalog.pg_class
WHERE oid IN ('organizations'::REGCLASS, 'credit_actions'::REGCLASS);

-- Takes no lock. If a transaction holds organizations for longer, the rollback times out and nothing has changed.
SET LOCAL lock_timeout = '3s';

-- ACCESS EXCLUSIVE on organizations until COMMIT, for milliseconds that do not grow with its rows: a dropped column
-- stays in the rows and is no longer read. Its constraints and indexes go with it.
ALTER TABLE organizations
DROP CONSTRAINT IF EXISTS check_ai_credits_limit,
DROP CONSTRAINT IF EXISTS check_whatsapp_credits_limit,
DROP CONSTRAINT IF EXISTS check_email_credits_limit,
DROP CONSTRAINT IF EXISTS check_sms_credits_limit,
DROP COLUMN IF EXISTS ai_credits,
DROP COLUMN IF EXISTS whatsapp_credits,
DROP COLUMN IF EXISTS email_credits,
DROP COLUMN IF EXISTS sms_credits,
DROP COLUMN IF EXISTS ai_used_credits,
DROP COLUMN IF EXISTS whatsapp_used_credits,
DROP COLUMN IF EXISTS email_used_credits,
DROP COLUMN IF EXISTS sms_used_credits,
DROP COLUMN IF EXISTS credits_allocated_at,
DROP COLUMN IF EXISTS rollback_marker;

-- A lock on each function alone, until COMMIT. Drops the names of a controlled rollback too.
DROP FUNCTION IF EXISTS plan_credits(TEXT, NUMERIC);
DROP FUNCTION IF EXISTS allocate_plan_credits(UUID, TEXT);
DROP FUNCTION IF EXISTS get_available_credits(UUID, TEXT);
DROP FUNCTION IF EXISTS consume_specific_credits(UUID, TEXT, INTEGER, TEXT);
DROP FUNCTION IF EXISTS allocate_plan_credits_disabled(UUID, TEXT);
DROP FUNCTION IF EXISTS get_available_credits_disabled(UUID, TEXT);
DROP FUNCTION IF EXISTS consume_specific_credits_disabled(UUID, TEXT, INTEGER, TEXT);

COMMIT;
