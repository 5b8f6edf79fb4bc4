-- Step 2.3: performance indexes.

-- Takes no lock. The timeout includes the wait for older transactions: if one is open after three seconds, the statement
-- gives up; other sessions are not blocked.
SET lock_timeout = '3s';

-- ACCESS EXCLUSIVE on organizations for a moment, and only where an interrupted run left an invalid index, which CREATE
-- INDEX IF NOT EXISTS would accept.
DO $invalid$
BEGIN
    IF EXISTS (
        SELECT
        FROM pg_catalog.pg_index
        WHERE indexrelid = to_regclass('idx_organizations_plan_credits') AND NOT indisvalid
    ) THEN
        DROP INDEX idx_organizations_plan_credits;
    END IF;
END $invalid$;

-- SHARE UPDATE EXCLUSIVE on organizations while it is read twice: reads and writes continue. Send it on its own,
-- outside of a transaction.
CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_organizations_plan_credits
ON organizations (plan_name, ai_credits, whatsapp_credits, email_credits, sms_credits);

-- Takes no lock.
RESET lock_timeout;
