/** Canaries in the release's own queries and tests: rules V. */
import { append, canary, replace, rewrite } from "./canary.ts";

const summary = "3.2-migration-verification.sql";
const integrity = "3.3-integrity-checks.sql";
const functional = "4.1-functional.sql";
const performance = "4.2-performance.sql";
const edges = "4.3-edge-cases.sql";
const organization = "'00000000-0000-0000-0000-000000000001'";
const coalesced = (column: string) =>
  replace(summary, `COUNT(*) FILTER (WHERE COALESCE(${column}, 0) = 0)`, `COUNT(*) FILTER (WHERE ${column} = 0)`);

export const queryCanaries = [
  canary("V1-client", "a file has a command of psql's own", append(performance, "\\timing on")),
  canary("V1-client", "migrating needs psql", append("2.1-columns.sql", "\\echo columns added")),
  canary("V1-client", "a rollback needs psql", append("5.2-controlled.sql", "\\unset ON_ERROR_STOP")),
  canary(
    "V2",
    "a NULL number is not reported",
    replace(
      summary,
      "ORDER BY organizations.id;",
      "AND ai_credits + whatsapp_credits + email_credits + sms_credits IS NOT NULL ORDER BY organizations.id;",
    ),
    coalesced("ai_credits"),
    coalesced("email_credits"),
    replace(integrity, ") IS NOT TRUE\n", ") IS FALSE\n"),
  ),
  canary(
    "V3",
    "any error passes for the expected one",
    replace(edges, "IF SQLERRM <> attempt.reason THEN", "IF FALSE THEN"),
  ),
  canary(
    "V3",
    "the tests check no effect of a call",
    rewrite(functional, `SELECT allocate_plan_credits(${organization}, 'enterprise');`),
    rewrite(performance, `SELECT consume_specific_credits(${organization}, 'whatsapp', 1);`),
    rewrite(edges, `SELECT get_available_credits(${organization}, 'ai');`),
  ),
  canary(
    "V3",
    "a test swallows its own failure",
    replace(functional, "WHEN SQLSTATE 'PT350' THEN", "WHEN OTHERS THEN"),
    rewrite(performance, "SELECT 1;"),
    rewrite(edges, "SELECT 1;"),
  ),
];
