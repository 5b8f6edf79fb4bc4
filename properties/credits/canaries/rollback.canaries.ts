/** Canaries in the rollbacks and their verification: rules L4, R2 and R4 to R8. */
import { append, canary, replace, rewrite } from "./canary.ts";

const emergency = "5.1-emergency.sql";
const controlled = "5.2-controlled.sql";
const verification = "5.3-rollback-verification.sql";
const alter = "ALTER TABLE organizations\nDROP CONSTRAINT IF EXISTS check_ai_credits_limit,";
const addMarker = "ALTER TABLE organizations\nADD COLUMN IF NOT EXISTS rollback_marker TIMESTAMP;\n";
const lockTimeout = "SET LOCAL lock_timeout = '3s';\n";
const mark = "    SET rollback_marker = NOW()\n";

export const rollbackCanaries = [
  canary(
    "R2",
    "the old pools are overwritten",
    replace(emergency, alter, `UPDATE organizations SET total_credits = COALESCE(total_credits, 0);\n${alter}`),
  ),
  canary(
    "R2",
    "log rows are removed with the rest",
    append(emergency, "DELETE FROM credit_actions WHERE action_type LIKE '%consumption';"),
  ),
  canary(
    "R8-emergency",
    "the old pools of organizations that used credits are emptied",
    append(
      emergency,
      "UPDATE organizations SET total_credits = 0 WHERE id IN (SELECT organization_id FROM credit_actions WHERE action_type LIKE '%consumption');",
    ),
  ),
  canary(
    "R5-blocked",
    "it drops what an earlier run kept, and BEGIN is missing",
    replace(controlled, "BEGIN;\n", ""),
    replace(
      controlled,
      "DO $disable$",
      "DROP FUNCTION IF EXISTS allocate_plan_credits_disabled(UUID, TEXT);\n\nDO $disable$",
    ),
  ),
  canary("R4-lock", "BEGIN is missing", replace(emergency, "BEGIN;\n", "")),
  canary("L4", "the emergency rollback sets no lock timeout", replace(emergency, lockTimeout, "")),
  canary(
    "L4",
    "the controlled rollback sets its lock timeout after its first lock",
    replace(controlled, lockTimeout, ""),
    replace(controlled, "DO $disable$", `${lockTimeout}DO $disable$`),
  ),
  canary(
    "L4",
    "the controlled rollback waits again and again",
    replace(
      controlled,
      addMarker,
      `DO $$ BEGIN
    LOOP
        BEGIN
            LOCK TABLE organizations IN ACCESS EXCLUSIVE MODE;
            EXIT;
        EXCEPTION WHEN lock_not_available THEN NULL;
        END;
    END LOOP;
END $$;
${addMarker}`,
    ),
  ),
  canary(
    "L4",
    "the functions are gone when the columns cannot be dropped",
    replace(
      emergency,
      lockTimeout,
      `DROP FUNCTION consume_specific_credits(UUID, TEXT, INTEGER, TEXT);\nCOMMIT;\nBEGIN;\n${lockTimeout}`,
    ),
  ),
  canary(
    "R6-emergency",
    "a column stays, and is not where it was",
    replace(emergency, "DROP COLUMN IF EXISTS sms_credits,\n", ""),
  ),
  canary(
    "R6-emergency",
    "a function stays, and cannot be created again",
    replace(emergency, "DROP FUNCTION IF EXISTS get_available_credits(UUID, TEXT);\n", ""),
    replace(
      "2.2-functions.sql",
      "CREATE OR REPLACE FUNCTION get_available_credits",
      "CREATE FUNCTION get_available_credits",
    ),
  ),
  canary(
    "R7",
    "it names a column that the emergency rollback drops",
    replace(verification, "COUNT(to_jsonb(organizations) ->> 'ai_credits')", "COUNT(ai_credits)"),
  ),
  canary(
    "R7",
    "it reports the same for every state",
    rewrite(verification, "SELECT 'Rollback Verification' AS report_type, count(*) FROM organizations;"),
  ),
  canary(
    "R7",
    "it does not distinguish a controlled rollback from an emergency one",
    rewrite(
      verification,
      `SELECT count(*) FROM information_schema.routines
WHERE routine_schema = 'public' AND routine_name = 'get_available_credits';`,
    ),
  ),
  canary(
    "R8-controlled",
    "every logged allocation is rolled back",
    replace(
      controlled,
      "FROM marked;",
      "FROM marked JOIN credit_actions ON organization_id = marked.id AND action_type <> 'consumption';",
    ),
  ),
  canary(
    "R8-controlled",
    "the used credits are reset",
    replace(controlled, mark, "    SET rollback_marker = NOW(), ai_used_credits = 0, email_used_credits = 0\n"),
  ),
];
