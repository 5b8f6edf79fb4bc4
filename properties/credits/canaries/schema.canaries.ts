/** What must not happen to the schema: rules S1 to S4. */
import { type Canary, canary } from "./canary.ts";

const columns = "2.1-columns.sql";

export const schema: readonly Canary[] = [
  canary("S1", "a column takes NULL", {
    file: columns,
    replace: "sms_used_credits INTEGER NOT NULL DEFAULT 0",
    by: "sms_used_credits INTEGER DEFAULT 0",
  }),
  canary("S1", "a used number may be negative", {
    file: columns,
    replace: "CHECK (email_used_credits >= 0)",
    by: "CHECK (email_used_credits >= -1000000000)",
  }),
  canary("S1-sound", "an organization may not use its last credit", {
    file: columns,
    replace: "CHECK (ai_used_credits <= ai_credits)",
    by: "CHECK (ai_used_credits < ai_credits OR ai_credits = 0)",
  }),
  canary("S1-sound", "large numbers are rejected", {
    file: columns,
    replace: "CHECK (sms_credits >= 0)",
    by: "CHECK (sms_credits BETWEEN 0 AND 100000)",
  }),
  canary("S2", "one more than allocated may be used", {
    file: columns,
    replace: "CHECK (sms_used_credits <= sms_credits)",
    by: "CHECK (sms_used_credits <= sms_credits + 1)",
  }),
  canary("S2", "the limit of one type is that of another", {
    file: columns,
    replace: "CHECK (whatsapp_used_credits <= whatsapp_credits)",
    by: "CHECK (whatsapp_used_credits <= email_credits)",
  }),
  canary("S2", "the limit has another name than the document gives it", {
    file: columns,
    append: "ALTER TABLE organizations RENAME CONSTRAINT check_ai_credits_limit TO ai_limit;",
  }),
  canary("S2-validated", "a limit is never validated", {
    file: columns,
    replace: "VALIDATE CONSTRAINT check_email_credits_limit,\n",
    by: "",
  }),
  canary("S2-validated", "a limit is missing", {
    file: columns,
    append: "ALTER TABLE organizations DROP CONSTRAINT check_sms_credits_limit;",
  }),
  canary("S3", "the status of an organization is overwritten", {
    file: columns,
    append: "UPDATE organizations SET status = 'active' WHERE status IS NULL;",
  }),
  canary("S3", "an old log row is removed", {
    file: "3.1-data-migration.sql",
    append: "DELETE FROM credit_actions WHERE action_type = 'purchase';",
  }),
  canary("S3", "an index of the user's is dropped", {
    file: "2.3-indexes.sql",
    append: "DROP INDEX IF EXISTS organizations_by_name;",
  }),
  canary("S3", "a default of the baseline is dropped", {
    file: columns,
    append: "ALTER TABLE organizations ALTER COLUMN status DROP DEFAULT;",
  }),
  canary("S3", "a grant of the user's is revoked", {
    file: "2.2-functions.sql",
    append: "REVOKE ALL ON organizations FROM PUBLIC;",
  }),
  canary("S4", "a column cannot be added again", {
    file: columns,
    replace: "ADD COLUMN IF NOT EXISTS credits_allocated_at",
    by: "ADD COLUMN credits_allocated_at",
  }),
  canary("S4", "a function cannot be created again", {
    file: "2.2-functions.sql",
    replace: "CREATE OR REPLACE FUNCTION public.get_available_credits",
    by: "CREATE FUNCTION public.get_available_credits",
  }),
  canary("S4", "each run adds another index", {
    file: "2.3-indexes.sql",
    append: "CREATE INDEX ON organizations (status);",
  }),
  canary("S4", "each run of the data migration logs", {
    file: "3.1-data-migration.sql",
    append: `INSERT INTO credit_actions (organization_id, action_type)
SELECT id, 'migration' FROM organizations ORDER BY id;`,
  }),
];
