-- Step 2.3: six indexes.

CREATE INDEX IF NOT EXISTS idx_organizations_ai_credits
ON organizations(id, ai_credits, ai_used_credits)
WHERE ai_credits > 0;

CREATE INDEX IF NOT EXISTS idx_organizations_whatsapp_credits
ON organizations(id, whatsapp_credits, whatsapp_used_credits)
WHERE whatsapp_credits > 0;

CREATE INDEX IF NOT EXISTS idx_organizations_email_credits
ON organizations(id, email_credits, email_used_credits)
WHERE email_credits > 0;

CREATE INDEX IF NOT EXISTS idx_organizations_sms_credits
ON organizations(id, sms_credits, sms_used_credits)
WHERE sms_credits > 0;

CREATE INDEX IF NOT EXISTS idx_organizations_multi_credit_summary
ON organizations(
    id,
    (ai_credits - ai_used_credits),
    (whatsapp_credits - whatsapp_used_credits),
    (email_credits - email_used_credits),
    (sms_credits - sms_used_credits)
) WHERE status = 'active';

CREATE INDEX IF NOT EXISTS idx_organizations_plan_credits
ON organizations(plan_name, ai_credits, whatsapp_credits, email_credits, sms_credits);
