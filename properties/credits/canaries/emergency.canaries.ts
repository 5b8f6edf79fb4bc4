/** What the emergency rollback must not do: rules R1 to R4, R6 and R8. */
import { type Canary, canary } from "./canary.ts";

const file = "5.1-emergency.sql";
const alter = "ALTER TABLE public.organizations\nDROP CONSTRAINT IF EXISTS check_ai_credits_limit,";

export const emergency: readonly Canary[] = [
  canary("R1", "an index is left behind", {
    file: "2.3-indexes.sql",
    append: "CREATE INDEX IF NOT EXISTS idx_organizations_status ON organizations (status);",
  }),
  canary("R1", "a column is left behind", {
    file,
    replace: "DROP COLUMN IF EXISTS credits_allocated_at,\n",
    by: "",
  }),
  canary("R1", "a function is left behind", {
    file,
    replace: "DROP FUNCTION IF EXISTS public.get_available_credits(UUID, TEXT);\n",
    by: "",
  }),
  canary("R1", "a grant of the migration's is left behind", {
    file: "2.2-functions.sql",
    append: "GRANT UPDATE ON organizations TO PUBLIC;",
  }),
  canary("R1", "it fails before step 2.2, when there are no functions", {
    file,
    replace: "DROP FUNCTION IF EXISTS public.allocate_plan_credits(UUID, TEXT)",
    by: "DROP FUNCTION public.allocate_plan_credits(UUID, TEXT)",
  }),
  canary(
    "R1",
    "a data migration that is stopped leaves a table behind",
    {
      file: "3.1-data-migration.sql",
      replace: "BEGIN\n    SELECT COUNT(*) INTO total_count\n",
      by: "BEGIN\n    CREATE TABLE public.in_progress ();\n    COMMIT;\n    SELECT COUNT(*) INTO total_count\n",
    },
    {
      file: "3.1-data-migration.sql",
      replace: "    RAISE NOTICE 'Migration completed!",
      by: "    DROP TABLE public.in_progress;\n    RAISE NOTICE 'Migration completed!",
    },
  ),
  canary("R2", "the old pools are overwritten", {
    file,
    replace: alter,
    by: `UPDATE public.organizations SET total_credits = COALESCE(total_credits, 0);\n${alter}`,
  }),
  canary("R2", "log rows are removed with the rest", {
    file,
    append: "DELETE FROM credit_actions WHERE action_type LIKE '%consumption';",
  }),
  canary("R3", "it cannot be run twice", {
    file,
    replace: "DROP FUNCTION IF EXISTS public.consume_specific_credits(UUID, TEXT, INTEGER, TEXT)",
    by: "DROP FUNCTION public.consume_specific_credits(UUID, TEXT, INTEGER, TEXT)",
  }),
  canary("R3", "a function that was renamed is left behind", {
    file,
    replace: "DROP FUNCTION IF EXISTS public.allocate_plan_credits_disabled(UUID, TEXT);\n",
    by: "",
  }),
  canary("R3", "the marker column is left behind", {
    file,
    replace: "credits_allocated_at,\nDROP COLUMN IF EXISTS rollback_marker;",
    by: "credits_allocated_at;",
  }),
  canary("R4", "BEGIN is missing", { file, replace: "BEGIN;\n", by: "" }),
  canary("R4", "there is a COMMIT in the middle", {
    file,
    replace: "-- A lock on each function alone.",
    by: "COMMIT;\nBEGIN;\n-- A lock on each function alone.",
  }),
  canary("R4-lock", "BEGIN is missing", { file, replace: "BEGIN;\n", by: "" }),
  canary("R6-emergency", "a column stays, and is not where it was", {
    file,
    replace: "DROP COLUMN IF EXISTS sms_credits,\n",
    by: "",
  }),
  canary(
    "R6-emergency",
    "a function stays, and cannot be created again",
    {
      file,
      replace: "DROP FUNCTION IF EXISTS public.get_available_credits(UUID, TEXT);\n",
      by: "",
    },
    {
      file: "2.2-functions.sql",
      replace: "CREATE OR REPLACE FUNCTION public.get_available_credits",
      by: "CREATE FUNCTION public.get_available_credits",
    },
  ),
  canary("R8-emergency", "what was used is taken off the old pool", {
    file,
    replace: alter,
    by: `UPDATE public.organizations SET total_credits = total_credits - ai_used_credits - email_used_credits
WHERE ai_used_credits + email_used_credits > 0;\n${alter}`,
  }),
  canary("R8-emergency", "it fails where credits are in use", {
    file,
    replace: alter,
    by: `UPDATE public.organizations SET ai_credits = 0, whatsapp_credits = 0, email_credits = 0, sms_credits = 0;\n${alter}`,
  }),
];
