-- Step 2.1: eight columns and the constraints on them.

ALTER TABLE organizations
ADD COLUMN IF NOT EXISTS ai_credits INTEGER DEFAULT 0 CHECK (ai_credits >= 0),
ADD COLUMN IF NOT EXISTS whatsapp_credits INTEGER DEFAULT 0 CHECK (whatsapp_credits >= 0),
ADD COLUMN IF NOT EXISTS email_credits INTEGER DEFAULT 0 CHECK (email_credits >= 0),
ADD COLUMN IF NOT EXISTS sms_credits INTEGER DEFAULT 0 CHECK (sms_credits >= 0);

ALTER TABLE organizations
ADD COLUMN IF NOT EXISTS ai_used_credits INTEGER DEFAULT 0 CHECK (ai_used_credits >= 0),
ADD COLUMN IF NOT EXISTS whatsapp_used_credits INTEGER DEFAULT 0 CHECK (whatsapp_used_credits >= 0),
ADD COLUMN IF NOT EXISTS email_used_credits INTEGER DEFAULT 0 CHECK (email_used_credits >= 0),
ADD COLUMN IF NOT EXISTS sms_used_credits INTEGER DEFAULT 0 CHECK (sms_used_credits >= 0);

ALTER TABLE organizations
ADD CONSTRAINT check_ai_credits_limit
    CHECK (ai_used_credits <= ai_credits),
ADD CONSTRAINT check_whatsapp_credits_limit
    CHECK (whatsapp_used_credits <= whatsapp_credits),
ADD CONSTRAINT check_email_credits_limit
    CHECK (email_used_credits <= email_credits),
ADD CONSTRAINT check_sms_credits_limit
    CHECK (sms_used_credits <= sms_credits);

\d organizations;
