/**
 * Whether organizations are migrated as rule M1 says, and which are.
 */
import type { Violation } from "../../../harness/property/verdict.ts";
import type { Stage } from "../../../harness/release/recorded-database.ts";
import { isExpectedAction } from "../model/call-checks.ts";
import { CREDIT_TYPES, type CreditAccount, type CreditType, planAllocation } from "../model/model.ts";
import { literal } from "./sql.ts";

const ALLOCATED = CREDIT_TYPES.map((type) => `${type}_credits`);

/** The ids of the organizations that have a log row of an allocation. */
export async function readMigratedIds(stage: Stage): Promise<ReadonlySet<string>> {
  const rows = await stage.query(
    "SELECT DISTINCT organization_id FROM credit_actions WHERE action_type = 'allocation'",
  );

  return new Set(rows.map((row) => row["organization_id"] ?? ""));
}

/** The first of the accounts that has not got the allocation of its plan, or not exactly one log row of it. */
export async function findWrongAllocation(
  stage: Stage,
  accounts: readonly CreditAccount[],
): Promise<Violation | undefined> {
  const rows = await stage.query(ALLOCATIONS_SQL);
  const found = new Map(rows.map((row) => [row["id"], row]));

  for (const { id, planName, totalCredits } of accounts) {
    const due = planAllocation(planName, totalCredits);
    const row = found.get(id);
    const wanted = text((type) => String(due[type]), "1");
    const got = row === undefined ? undefined : text((type) => row[`${type}_credits`], row["log_rows"]);

    if (got !== wanted) {
      return stage.violation({
        expected: `${id} (plan ${literal(planName)}, pool ${literal(totalCredits)}) has ${wanted}`,
        got: got === undefined ? "the organization is gone" : `it has ${got}`,
        show: `${ALLOCATIONS_SQL}\nWHERE id = ${literal(id)}`,
      });
    }
  }

  return undefined;
}

/** The first log row of an allocation that is not what a call would have logged for that organization. */
export async function findWrongLog(
  stage: Stage,
  accounts: readonly CreditAccount[],
): Promise<Violation | undefined> {
  const plans = new Map(accounts.map(({ id, planName }) => [id, planName]));

  for (const row of await stage.query(LOG_SQL)) {
    const organization = row["organization_id"] ?? "";
    const plan = plans.get(organization) ?? null;
    const description = row["description"] ?? null;
    const credits = row["credits_consumed"] ?? null;
    const logged = {
      organization,
      action: row["action_type"] ?? "",
      credits: credits === null ? null : Number(credits),
      description,
    };

    if (
      !isExpectedAction(
        logged,
        { action: "allocation", credits: 0 },
        { kind: "allocate", organization, plan },
      )
    ) {
      return stage.violation({
        expected: `the allocation of ${organization} is logged with 0 credits and a description that names its plan, ${literal(plan)}`,
        got: `${credits ?? "NULL"} credits, description ${literal(description)}`,
        show: LOG_SQL,
      });
    }
  }

  return undefined;
}

const LOG_SQL = `SELECT organization_id, action_type, credits_consumed, description
FROM credit_actions WHERE action_type = 'allocation' ORDER BY organization_id`;

function text(
  allocated: (type: CreditType) => string | null | undefined,
  logRows: string | null | undefined,
): string {
  const credits = CREDIT_TYPES.map((type) => `${allocated(type) ?? "NULL"} ${type}`).join(", ");

  return `${credits} credits and ${logRows} allocation${logRows === "1" ? "" : "s"} in the log`;
}

const ALLOCATIONS_SQL = `SELECT id, plan_name, ${ALLOCATED.join(", ")},
  (SELECT count(*) FROM credit_actions
   WHERE organization_id = organizations.id AND action_type = 'allocation') AS log_rows
FROM organizations`;
