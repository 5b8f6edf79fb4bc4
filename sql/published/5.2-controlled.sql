-- Step 5.2: the controlled rollback keeps the data and disables the functions.

BEGIN;

ALTER FUNCTION allocate_plan_credits(UUID, TEXT)
RENAME TO allocate_plan_credits_disabled;

ALTER FUNCTION get_available_credits(UUID, TEXT)
RENAME TO get_available_credits_disabled;

ALTER FUNCTION consume_specific_credits(UUID, TEXT, INTEGER, TEXT)
RENAME TO consume_specific_credits_disabled;

ALTER TABLE organizations
ADD COLUMN IF NOT EXISTS rollback_marker TIMESTAMP DEFAULT NOW();

INSERT INTO credit_actions (
    organization_id,
    action_type,
    credits_consumed,
    description,
    created_at
)
SELECT
    id,
    'rollback',
    0,
    'Multi-credit system rollback executed',
    NOW()
FROM organizations
WHERE rollback_marker IS NOT NULL;

COMMIT;
