/** What the rollback verification must not do: rule R7. */
import { type Canary, canary } from "./canary.ts";

const file = "5.3-rollback-verification.sql";

export const rollbackVerification: readonly Canary[] = [
  canary("R7", "it names a column that the emergency rollback drops", {
    file,
    replace: "COUNT(to_jsonb(organizations) ->> 'ai_credits')",
    by: "COUNT(ai_credits)",
  }),
  canary("R7", "it says the same of every state", {
    file,
    text: "SELECT 'Rollback Verification' AS report_type, count(*) FROM organizations;",
  }),
  canary("R7", "it does not tell a controlled rollback from an emergency one", {
    file,
    text: `SELECT count(*) FROM information_schema.routines
WHERE routine_schema = 'public' AND routine_name = 'get_available_credits';`,
  }),
];
