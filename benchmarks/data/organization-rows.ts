/**
 * Generates organizations as a CRM has them: plans in uneven shares and odd spellings, few large totals, some inactive,
 * and a log in which few organizations have most rows. Every value is a hash of the row's number and the seed, and every
 * time is relative to a fixed day, so that the same seed gives the same pages.
 */
import { createHash } from "node:crypto";

/** Log rows of the first organization, whose id the release's own queries use. */
const LONG_HISTORY = 200;

/** The id of organization number 1, 2, …; the first two are those of the release's own queries. */
export function organizationId(number: number): string {
  if (number <= 2) return `00000000-0000-0000-0000-${String(number).padStart(12, "0")}`;
  const digits = createHash("md5").update(`organization ${number}`).digest("hex");

  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

const ID = `CASE WHEN n <= 2 THEN ('00000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid
    ELSE md5('organization ' || n)::uuid END`;

/** Which share of the organizations has a plan; the others have one of a partner. */
export const PLAN_SHARES: readonly (readonly [number, string | null])[] = [
  [0.36, "custom"],
  [0.22, "starter"],
  [0.18, "professional"],
  [0.08, "premium"],
  [0.05, "enterprise"],
  [0.03, "Enterprise"],
  [0.02, " premium "],
  [0.01, "PREMIUM"],
  [0.02, null],
];

/** Uniform from 0 to 1 for each `n`; each salt gives other shares. */
const shareSql = (seed: number, salt: number) => `((hashint8extended(n, ${seed * 100 + salt}) & 1048575) / 1048576.0)`;

/** The statements that fill the document's baseline. */
export function fillOrganizations(rows: number, seed: number): readonly string[] {
  const share = (salt: number) => shareSql(seed, salt);
  let below = 0;
  const plans = PLAN_SHARES.map(([part, plan]) => {
    below += part;

    return `        WHEN ${share(2)} < ${below.toFixed(2)} THEN ${plan === null ? "NULL" : `'${plan}'`}`;
  });

  return [
    `INSERT INTO organizations (id, name, plan_name, total_credits, status, created_at, updated_at)
SELECT
    ${ID},
    'Organization ' || n || repeat('.', (${share(1)} * 30)::int),
    CASE
${plans.join("\n")}
        ELSE 'partner ' || (${share(3)} * 20)::int
    END,
    CASE
        WHEN ${share(4)} < 0.02 THEN NULL
        WHEN ${share(4)} < 0.05 THEN 0
        ELSE (100 / (1.002 - ${share(4)}))::int
    END,
    CASE WHEN ${share(5)} < 0.85 THEN 'active' WHEN ${share(5)} < 0.97 THEN 'inactive' ELSE 'suspended' END,
    TIMESTAMPTZ '2022-01-01 UTC' + n * INTERVAL '1 minute',
    TIMESTAMPTZ '2024-01-01 UTC' + n * INTERVAL '1 second'
FROM generate_series(1, ${rows}) AS n`,
    fillActions(rows, seed),
  ];
}

/** Statement that makes log rows of organizations 1 to `rows`. */
export function fillActions(rows: number, seed: number): string {
  return `INSERT INTO credit_actions (organization_id, action_type, credits_consumed, description, created_at)
SELECT
    ${ID},
    CASE WHEN k % 5 = 0 THEN 'purchase' ELSE 'usage' END,
    k,
    'What was used before, number ' || k,
    TIMESTAMPTZ '2024-01-01 UTC' + k * INTERVAL '1 hour'
FROM generate_series(1, ${rows}) AS n
CROSS JOIN LATERAL generate_series(1, CASE
    WHEN n = 1 THEN ${LONG_HISTORY}
    WHEN ${shareSql(seed, 6)} < 0.01 THEN 40
    WHEN ${shareSql(seed, 6)} < 0.6 THEN 1
    ELSE 0
END) AS k
ORDER BY hashint8extended(n * 1000 + k, ${seed})`;
}
