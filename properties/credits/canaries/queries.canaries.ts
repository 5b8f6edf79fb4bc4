/** What the release's own queries and tests must not do: rules V1 to V3. */
import { type Canary, canary } from "./canary.ts";

const summary = "3.2-migration-verification.sql";
const integrity = "3.3-integrity-checks.sql";
const functional = "4.1-functional.sql";
const performance = "4.2-performance.sql";
const edges = "4.3-edge-cases.sql";

export const queries: readonly Canary[] = [
  canary("V1", "a sum of integers overflows", {
    file: summary,
    replace: "ai_credits::BIGINT + whatsapp_credits",
    by: "ai_credits + whatsapp_credits",
  }),
  canary("V1", "it divides by a pool", {
    file: "1.2-data-inventory.sql",
    replace: "AVG(total_credits) as avg_total_credits",
    by: "AVG(100 / total_credits) as avg_total_credits",
  }),
  canary("V1", "the tests need credits that may be used up", {
    file: functional,
    append: "SELECT consume_specific_credits('00000000-0000-0000-0000-000000000001', 'ai', 399);",
  }),
  canary("V1-client", "psql's own command stands in a file", { file: performance, append: "\\timing on" }),
  canary("V2", "organizations that have nothing are passed over", {
    file: summary,
    text: "SELECT count(*) FROM organizations WHERE credits_allocated_at IS NULL;",
  }),
  canary("V2", "a wrong allocation is looked for in one type only", {
    file: summary,
    replace: "IS DISTINCT FROM (due.ai, due.whatsapp, due.email, due.sms)",
    by: "IS DISTINCT FROM (due.ai, organizations.whatsapp_credits, organizations.email_credits, organizations.sms_credits)",
  }),
  canary("V2", "a missing constraint is passed over", {
    file: integrity,
    replace: "LEFT JOIN pg_constraint AS present",
    by: "JOIN pg_constraint AS present",
  }),
  canary(
    "V2",
    "a NULL number is passed over",
    {
      file: summary,
      replace: "ORDER BY organizations.id;",
      by: "AND ai_credits + whatsapp_credits + email_credits + sms_credits IS NOT NULL ORDER BY organizations.id;",
    },
    {
      file: summary,
      replace: "COUNT(*) FILTER (WHERE COALESCE(ai_credits, 0) = 0)",
      by: "COUNT(*) FILTER (WHERE ai_credits = 0)",
    },
    {
      file: summary,
      replace: "COUNT(*) FILTER (WHERE COALESCE(email_credits, 0) = 0)",
      by: "COUNT(*) FILTER (WHERE email_credits = 0)",
    },
    {
      file: integrity,
      replace: ") IS NOT TRUE\n",
      by: ") IS FALSE\n",
    },
  ),
  canary("V2", "an organization over its limit is passed over", {
    file: integrity,
    text: "SELECT id FROM credit_actions WHERE organization_id IS NULL;",
  }),
  canary("V2", "a log row whose organization is gone is passed over", {
    file: integrity,
    replace: "WHERE organizations.id IS NULL\n",
    by: "WHERE credit_actions.organization_id IS NULL\n",
  }),
  canary("V2-sound", "a sound share is reported", {
    file: summary,
    replace: "GREATEST(COALESCE(total_credits, 0) * 0.4, 500)",
    by: "GREATEST(COALESCE(total_credits, 0) * 0.4, 501)",
  }),
  canary("V2-sound", "an organization that has used its last credit is reported", {
    file: integrity,
    replace: "sms_used_credits BETWEEN 0 AND sms_credits\n",
    by: "sms_used_credits BETWEEN 0 AND sms_credits - 1\n",
  }),
  canary("V2-sound", "a sound constraint is reported", {
    file: integrity,
    replace: "'CHECK ((ai_used_credits <= ai_credits))'",
    by: "'CHECK ((ai_credits >= ai_used_credits))'",
  }),
  canary("V3", "any refusal is taken for the right one", {
    file: edges,
    replace: "IF SQLERRM <> attempt.reason THEN",
    by: "IF FALSE THEN",
  }),
  canary(
    "V3",
    "the tests look at nothing that came of a call",
    {
      file: functional,
      text: "SELECT allocate_plan_credits('00000000-0000-0000-0000-000000000001', 'enterprise');",
    },
    {
      file: performance,
      text: "SELECT consume_specific_credits('00000000-0000-0000-0000-000000000001', 'whatsapp', 1);",
    },
    {
      file: edges,
      text: "SELECT get_available_credits('00000000-0000-0000-0000-000000000001', 'ai');",
    },
  ),
  canary(
    "V3",
    "a test swallows its own failure",
    {
      file: functional,
      replace: "WHEN SQLSTATE 'PT350' THEN",
      by: "WHEN OTHERS THEN",
    },
    { file: performance, text: "SELECT 1;" },
    { file: edges, text: "SELECT 1;" },
  ),
];
