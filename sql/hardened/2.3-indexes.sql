-- Step 2.3: performance indexes.

-- Takes no lock. Waiting for older transactions counts too: whoever is still at work after three seconds makes the
-- statement give up, and everyone else has gone on meanwhile.
SET lock_timeout = '3s';

-- ACCESS EXCLUSIVE on organizations for a moment, and only where an earlier run was stopped and left an index that no
-- query may use: CREATE INDEX IF NOT EXISTS would take that for done.
DO $invalid$
BEGIN
    IF EXISTS (
        SELECT
        FROM pg_catalog.pg_index
        WHERE indexrelid = to_regclass('public.idx_organizations_plan_credits') AND NOT indisvalid
    ) THEN
        DROP INDEX public.idx_organizations_plan_credits;
    END IF;
END $invalid$;

-- SHARE UPDATE EXCLUSIVE on organizations while it is read twice: reads and writes go on meanwhile. Send it on its
-- own, outside of a transaction.
CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_organizations_plan_credits
ON public.organizations (plan_name, ai_credits, whatsapp_credits, email_credits, sms_credits);

-- Takes no lock.
RESET lock_timeout;
