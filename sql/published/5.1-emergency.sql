-- Step 5.1: the emergency rollback removes everything.

BEGIN;

ALTER TABLE organizations
DROP CONSTRAINT IF EXISTS check_ai_credits_limit,
DROP CONSTRAINT IF EXISTS check_whatsapp_credits_limit,
DROP CONSTRAINT IF EXISTS check_email_credits_limit,
DROP CONSTRAINT IF EXISTS check_sms_credits_limit;

DROP INDEX IF EXISTS idx_organizations_ai_credits;
DROP INDEX IF EXISTS idx_organizations_whatsapp_credits;
DROP INDEX IF EXISTS idx_organizations_email_credits;
DROP INDEX IF EXISTS idx_organizations_sms_credits;
DROP INDEX IF EXISTS idx_organizations_multi_credit_summary;
DROP INDEX IF EXISTS idx_organizations_plan_credits;

DROP FUNCTION IF EXISTS allocate_plan_credits(UUID, TEXT);
DROP FUNCTION IF EXISTS get_available_credits(UUID, TEXT);
DROP FUNCTION IF EXISTS consume_specific_credits(UUID, TEXT, INTEGER, TEXT);

ALTER TABLE organizations
DROP COLUMN IF EXISTS ai_credits,
DROP COLUMN IF EXISTS whatsapp_credits,
DROP COLUMN IF EXISTS email_credits,
DROP COLUMN IF EXISTS sms_credits,
DROP COLUMN IF EXISTS ai_used_credits,
DROP COLUMN IF EXISTS whatsapp_used_credits,
DROP COLUMN IF EXISTS email_used_credits,
DROP COLUMN IF EXISTS sms_used_credits;

COMMIT;
