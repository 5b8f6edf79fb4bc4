-- Step 3.3: is the data sound?
-- Each statement takes ACCESS SHARE on what it reads, while it reads all of it once; it blocks no reads or writes.
-- On sound data there is no row, and every count is 0.

-- Constraints that are missing, have another definition, are not validated, or are violated by rows.
WITH wanted (constraint_name, definition) AS (
    VALUES
        ('organizations_ai_credits_check', 'CHECK ((ai_credits >= 0))'),
        ('organizations_whatsapp_credits_check', 'CHECK ((whatsapp_credits >= 0))'),
        ('organizations_email_credits_check', 'CHECK ((email_credits >= 0))'),
        ('organizations_sms_credits_check', 'CHECK ((sms_credits >= 0))'),
        ('organizations_ai_used_credits_check', 'CHECK ((ai_used_credits >= 0))'),
        ('organizations_whatsapp_used_credits_check', 'CHECK ((whatsapp_used_credits >= 0))'),
        ('organizations_email_used_credits_check', 'CHECK ((email_used_credits >= 0))'),
        ('organizations_sms_used_credits_check', 'CHECK ((sms_used_credits >= 0))'),
        ('check_ai_credits_limit', 'CHECK ((ai_used_credits <= ai_credits))'),
        ('check_whatsapp_credits_limit', 'CHECK ((whatsapp_used_credits <= whatsapp_credits))'),
        ('check_email_credits_limit', 'CHECK ((email_used_credits <= email_credits))'),
        ('check_sms_credits_limit', 'CHECK ((sms_used_credits <= sms_credits))')
),
violated (constraint_name, violations) AS (
    SELECT counted.constraint_name, counted.violations
    FROM (
        SELECT
            COUNT(*) FILTER (WHERE ai_credits < 0) as ai,
            COUNT(*) FILTER (WHERE whatsapp_credits < 0) as whatsapp,
            COUNT(*) FILTER (WHERE email_credits < 0) as email,
            COUNT(*) FILTER (WHERE sms_credits < 0) as sms,
            COUNT(*) FILTER (WHERE ai_used_credits < 0) as ai_used,
            COUNT(*) FILTER (WHERE whatsapp_used_credits < 0) as whatsapp_used,
            COUNT(*) FILTER (WHERE email_used_credits < 0) as email_used,
            COUNT(*) FILTER (WHERE sms_used_credits < 0) as sms_used,
            COUNT(*) FILTER (WHERE ai_used_credits > ai_credits) as ai_limit,
            COUNT(*) FILTER (WHERE whatsapp_used_credits > whatsapp_credits) as whatsapp_limit,
            COUNT(*) FILTER (WHERE email_used_credits > email_credits) as email_limit,
            COUNT(*) FILTER (WHERE sms_used_credits > sms_credits) as sms_limit
        FROM organizations
    ) AS found
    CROSS JOIN LATERAL (
        VALUES
            ('organizations_ai_credits_check', found.ai),
            ('organizations_whatsapp_credits_check', found.whatsapp),
            ('organizations_email_credits_check', found.email),
            ('organizations_sms_credits_check', found.sms),
            ('organizations_ai_used_credits_check', found.ai_used),
            ('organizations_whatsapp_used_credits_check', found.whatsapp_used),
            ('organizations_email_used_credits_check', found.email_used),
            ('organizations_sms_used_credits_check', found.sms_used),
            ('check_ai_credits_limit', found.ai_limit),
            ('check_whatsapp_credits_limit', found.whatsapp_limit),
            ('check_email_credits_limit', found.email_limit),
            ('check_sms_credits_limit', found.sms_limit)
    ) AS counted (constraint_name, violations)
)
SELECT
    wanted.constraint_name,
    CASE
        WHEN present.oid IS NULL THEN 'MISSING'
        WHEN pg_get_constraintdef(present.oid) NOT IN (wanted.definition, wanted.definition || ' NOT VALID')
        THEN 'OTHER_DEFINITION'
        WHEN NOT present.convalidated THEN 'NOT_VALIDATED'
        ELSE 'VIOLATED'
    END as problem,
    violated.violations
FROM wanted
JOIN violated ON violated.constraint_name = wanted.constraint_name
LEFT JOIN pg_constraint AS present
    ON present.conrelid = 'organizations'::REGCLASS AND present.conname = wanted.constraint_name
WHERE present.oid IS NULL
    OR pg_get_constraintdef(present.oid) <> wanted.definition
    OR violated.violations > 0
ORDER BY wanted.constraint_name;

-- Columns that allow NULL: the functions cannot compute with it, and the migration would skip the row.
SELECT
    attname as column_name,
    'NULLABLE' as problem
FROM pg_attribute
WHERE attrelid = 'organizations'::REGCLASS
AND attname IN (
    'ai_credits', 'whatsapp_credits', 'email_credits', 'sms_credits',
    'ai_used_credits', 'whatsapp_used_credits', 'email_used_credits', 'sms_used_credits'
)
AND NOT attnotnull
ORDER BY attname;

-- Log rows without their organization, by the id of the row.
SELECT
    credit_actions.id as credit_action_id,
    credit_actions.organization_id,
    credit_actions.action_type
FROM credit_actions
LEFT JOIN organizations ON organizations.id = credit_actions.organization_id
WHERE organizations.id IS NULL
ORDER BY credit_actions.id;

-- Organizations whose numbers are missing, negative or over the limit.
SELECT
    id,
    name,
    ai_credits, ai_used_credits,
    whatsapp_credits, whatsapp_used_credits,
    email_credits, email_used_credits,
    sms_credits, sms_used_credits
FROM organizations
WHERE (
    ai_used_credits BETWEEN 0 AND ai_credits
    AND whatsapp_used_credits BETWEEN 0 AND whatsapp_credits
    AND email_used_credits BETWEEN 0 AND email_credits
    AND sms_used_credits BETWEEN 0 AND sms_credits
) IS NOT TRUE
ORDER BY id;
