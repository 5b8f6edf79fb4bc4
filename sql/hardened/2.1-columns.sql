-- Step 2.1: eight columns and the constraints on them.
-- No statement waits longer than three seconds for its lock, since later reads and writes queue behind it. One that
-- times out has changed nothing: run the file again when the long transaction that blocked it has ended.

-- Takes no lock.
SET lock_timeout = '3s';

-- ACCESS EXCLUSIVE on organizations for a moment that does not grow with its rows: a constant default is kept in the
-- catalog, so no row is written, and NOT NULL needs no scan for a column whose default is not null.
-- credits_allocated_at marks the migrated organizations, whatever numbers they have. The marker of an earlier
-- controlled rollback is no longer needed.
ALTER TABLE organizations
ADD COLUMN IF NOT EXISTS ai_credits INTEGER NOT NULL DEFAULT 0,
ADD COLUMN IF NOT EXISTS whatsapp_credits INTEGER NOT NULL DEFAULT 0,
ADD COLUMN IF NOT EXISTS email_credits INTEGER NOT NULL DEFAULT 0,
ADD COLUMN IF NOT EXISTS sms_credits INTEGER NOT NULL DEFAULT 0,
ADD COLUMN IF NOT EXISTS ai_used_credits INTEGER NOT NULL DEFAULT 0,
ADD COLUMN IF NOT EXISTS whatsapp_used_credits INTEGER NOT NULL DEFAULT 0,
ADD COLUMN IF NOT EXISTS email_used_credits INTEGER NOT NULL DEFAULT 0,
ADD COLUMN IF NOT EXISTS sms_used_credits INTEGER NOT NULL DEFAULT 0,
ADD COLUMN IF NOT EXISTS credits_allocated_at TIMESTAMPTZ,
DROP COLUMN IF EXISTS rollback_marker;

-- ACCESS EXCLUSIVE on organizations for a moment that does not grow with its rows: NOT VALID checks every later
-- write, and leaves existing rows to the next statement. Dropping and adding in one statement makes it repeatable, and
-- no write goes unchecked in between.
ALTER TABLE organizations
DROP CONSTRAINT IF EXISTS organizations_ai_credits_check,
DROP CONSTRAINT IF EXISTS organizations_whatsapp_credits_check,
DROP CONSTRAINT IF EXISTS organizations_email_credits_check,
DROP CONSTRAINT IF EXISTS organizations_sms_credits_check,
DROP CONSTRAINT IF EXISTS organizations_ai_used_credits_check,
DROP CONSTRAINT IF EXISTS organizations_whatsapp_used_credits_check,
DROP CONSTRAINT IF EXISTS organizations_email_used_credits_check,
DROP CONSTRAINT IF EXISTS organizations_sms_used_credits_check,
DROP CONSTRAINT IF EXISTS check_ai_credits_limit,
DROP CONSTRAINT IF EXISTS check_whatsapp_credits_limit,
DROP CONSTRAINT IF EXISTS check_email_credits_limit,
DROP CONSTRAINT IF EXISTS check_sms_credits_limit,
ADD CONSTRAINT organizations_ai_credits_check CHECK (ai_credits >= 0) NOT VALID,
ADD CONSTRAINT organizations_whatsapp_credits_check CHECK (whatsapp_credits >= 0) NOT VALID,
ADD CONSTRAINT organizations_email_credits_check CHECK (email_credits >= 0) NOT VALID,
ADD CONSTRAINT organizations_sms_credits_check CHECK (sms_credits >= 0) NOT VALID,
ADD CONSTRAINT organizations_ai_used_credits_check CHECK (ai_used_credits >= 0) NOT VALID,
ADD CONSTRAINT organizations_whatsapp_used_credits_check CHECK (whatsapp_used_credits >= 0) NOT VALID,
ADD CONSTRAINT organizations_email_used_credits_check CHECK (email_used_credits >= 0) NOT VALID,
ADD CONSTRAINT organizations_sms_used_credits_check CHECK (sms_used_credits >= 0) NOT VALID,
ADD CONSTRAINT check_ai_credits_limit CHECK (ai_used_credits <= ai_credits) NOT VALID,
ADD CONSTRAINT check_whatsapp_credits_limit CHECK (whatsapp_used_credits <= whatsapp_credits) NOT VALID,
ADD CONSTRAINT check_email_credits_limit CHECK (email_used_credits <= email_credits) NOT VALID,
ADD CONSTRAINT check_sms_credits_limit CHECK (sms_used_credits <= sms_credits) NOT VALID;

-- SHARE UPDATE EXCLUSIVE on organizations while one scan checks the rows: reads and writes continue.
ALTER TABLE organizations
VALIDATE CONSTRAINT organizations_ai_credits_check,
VALIDATE CONSTRAINT organizations_whatsapp_credits_check,
VALIDATE CONSTRAINT organizations_email_credits_check,
VALIDATE CONSTRAINT organizations_sms_credits_check,
VALIDATE CONSTRAINT organizations_ai_used_credits_check,
VALIDATE CONSTRAINT organizations_whatsapp_used_credits_check,
VALIDATE CONSTRAINT organizations_email_used_credits_check,
VALIDATE CONSTRAINT organizations_sms_used_credits_check,
VALIDATE CONSTRAINT check_ai_credits_limit,
VALIDATE CONSTRAINT check_whatsapp_credits_limit,
VALIDATE CONSTRAINT check_email_credits_limit,
VALIDATE CONSTRAINT check_sms_credits_limit;

-- Takes no lock.
RESET lock_timeout;
