/** What must not happen to whoever uses the tables meanwhile: rules L1 to L3, and the order of locks. */
import { type Canary, canary } from "./canary.ts";

const columns = "2.1-columns.sql";
const functions = "2.2-functions.sql";
const indexes = "2.3-indexes.sql";
const data = "3.1-data-migration.sql";

export const locks: readonly Canary[] = [
  // Two that hold this lock both wait for the other's before they may write.
  canary("K3-paused", "a consumption reads under a lock that another one may hold too", {
    file: functions,
    replace:
      "    INTO available_credits\n    FROM public.organizations\n    WHERE id = p_organization_id\n    FOR NO KEY UPDATE;",
    by: "    INTO available_credits\n    FROM public.organizations\n    WHERE id = p_organization_id\n    FOR SHARE;",
  }),
  canary("L1", "a column gets another type", {
    file: columns,
    append: "ALTER TABLE organizations ALTER COLUMN total_credits TYPE BIGINT;",
  }),
  canary("L1", "a column has a default of its own for each row", {
    file: columns,
    replace: "ADD COLUMN IF NOT EXISTS credits_allocated_at TIMESTAMPTZ,",
    by: "ADD COLUMN IF NOT EXISTS credits_allocated_at TIMESTAMPTZ,\nADD COLUMN IF NOT EXISTS token UUID DEFAULT gen_random_uuid(),",
  }),
  canary("L2", "a limit is validated as it is added", {
    file: columns,
    replace: "ADD CONSTRAINT check_sms_credits_limit CHECK (sms_used_credits <= sms_credits) NOT VALID",
    by: "ADD CONSTRAINT check_sms_credits_limit CHECK (sms_used_credits <= sms_credits)",
  }),
  canary("L2", "the index stops writes", {
    file: indexes,
    replace: "CREATE INDEX CONCURRENTLY",
    by: "CREATE INDEX",
  }),
  canary("L2", "the rows are checked while the lock of an earlier statement is still held", {
    file: columns,
    append: `BEGIN;
LOCK TABLE organizations IN SHARE MODE;
SELECT count(*) FROM organizations;
COMMIT;`,
  }),
  canary("L2", "the data migration keeps each organization locked to the end", {
    file: data,
    replace: "            COMMIT;\n",
    by: "",
  }),
  canary("L2", "the data migration commits, but locks everyone out of its batches", {
    file: data,
    replace: "            BEGIN\n                -- An organization",
    by: "            LOCK TABLE public.organizations IN SHARE ROW EXCLUSIVE MODE;\n            BEGIN\n                -- An organization",
  }),
  canary("L3", "a column is added without a lock timeout", {
    file: columns,
    replace: "SET lock_timeout = '3s';",
    by: "",
  }),
  canary("L3", "the data migration waits for a row without end", {
    file: data,
    replace: "SET lock_timeout = '200ms';",
    by: "",
  }),
  canary("L3", "a statement takes back its lock timeout before it waits", {
    file: columns,
    append: `SET lock_timeout = '3s';
DO $$ BEGIN
    SET LOCAL lock_timeout = 0;
    LOCK TABLE organizations IN ACCESS EXCLUSIVE MODE;
END $$;`,
  }),
  canary("L3", "the file cannot be run again where a statement gave up", {
    file: columns,
    replace: "RESET lock_timeout;",
    by: `ALTER TABLE organizations ADD CONSTRAINT pool_is_known CHECK (total_credits IS NOT NULL) NOT VALID;
ALTER TABLE organizations ALTER COLUMN status SET DEFAULT 'active';
RESET lock_timeout;`,
  }),
  canary("L3-repair", "an unusable index is dropped without a lock timeout", {
    file: indexes,
    replace: "SET lock_timeout = '3s';",
    by: "",
  }),
  canary("L3-repair", "a lock that did not come is kept quiet", {
    file: indexes,
    replace: "    END IF;\nEND $invalid$;",
    by: "    END IF;\nEXCEPTION WHEN OTHERS THEN\n    NULL;\nEND $invalid$;",
  }),
  canary("K3-order", "consuming locks the log before the organization", {
    file: functions,
    replace: "    -- The lock comes before the read: whoever loses",
    by: "    LOCK TABLE public.credit_actions IN SHARE ROW EXCLUSIVE MODE;\n    -- The lock comes before the read: whoever loses",
  }),
  canary(
    "K3-order",
    "two calls of allocating both read the log under a lock that neither can then strengthen",
    {
      file: functions,
      replace: "    -- Log the allocation\n",
      by: "    LOCK TABLE public.credit_actions IN SHARE MODE;\n",
    },
  ),
  canary("K3-order", "a statement of migrating locks the log and then the organizations", {
    file: indexes,
    append: `BEGIN;
LOCK TABLE credit_actions IN SHARE ROW EXCLUSIVE MODE;
LOCK TABLE organizations IN SHARE ROW EXCLUSIVE MODE;
COMMIT;`,
  }),
];
