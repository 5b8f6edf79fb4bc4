-- Step 2.3 for organizations in partitions: no index on a partitioned table is built CONCURRENTLY, those of its
-- partitions are, and are attached then (PostgreSQL manual, 5.12.2.2 Partition Maintenance).
SET lock_timeout = '3s';

DO $invalid$
DECLARE
    invalid CONSTANT TEXT[] := ARRAY(
        SELECT indexrelid::regclass::text
        FROM pg_catalog.pg_index
        WHERE NOT indisvalid AND indrelid IN ('organizations_0'::regclass, 'organizations_1'::regclass)
    );
    name TEXT;
BEGIN
    IF cardinality(invalid) > 0 THEN
        DROP INDEX IF EXISTS idx_organizations_plan_credits;
    END IF;
    FOREACH name IN ARRAY invalid LOOP
        EXECUTE 'DROP INDEX IF EXISTS ' || name;
    END LOOP;
END $invalid$;

CREATE INDEX IF NOT EXISTS idx_organizations_plan_credits
ON ONLY organizations (plan_name, ai_credits, whatsapp_credits, email_credits, sms_credits);

CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_organizations_plan_credits_0
ON organizations_0 (plan_name, ai_credits, whatsapp_credits, email_credits, sms_credits);

CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_organizations_plan_credits_1
ON organizations_1 (plan_name, ai_credits, whatsapp_credits, email_credits, sms_credits);

ALTER INDEX idx_organizations_plan_credits ATTACH PARTITION idx_organizations_plan_credits_0;
ALTER INDEX idx_organizations_plan_credits ATTACH PARTITION idx_organizations_plan_credits_1;

RESET lock_timeout;
