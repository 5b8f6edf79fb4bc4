/**
 * Whether organizations are migrated as rule M1 says, and which are.
 */
import type { Violation } from "../../harness/property/verdict.ts";
import type { Stage } from "../../harness/release/stage.ts";
import { type Account, allocationOf, CREDIT_TYPES } from "./model.ts";
import { literal } from "./sql.ts";

const ALLOCATED = CREDIT_TYPES.map((type) => `${type}_credits`);

/** The ids of the organizations that have a log row of an allocation. */
export async function migratedAccounts(stage: Stage): Promise<ReadonlySet<string>> {
  const rows = await stage.query(
    "SELECT DISTINCT organization_id FROM credit_actions WHERE action_type = 'allocation'",
  );

  return new Set(rows.map((row) => row["organization_id"] ?? ""));
}

/** The first of the accounts that has not got the allocation of its plan, or not exactly one log row of it. */
export async function wrongAllocation(
  stage: Stage,
  accounts: readonly Account[],
): Promise<Violation | undefined> {
  const rows = await stage.query(allocationsSql());
  const found = new Map(rows.map((row) => [row["id"], row]));

  for (const { id, planName, totalCredits } of accounts) {
    const due = allocationOf(planName, totalCredits);
    const row = found.get(id);
    const expected = [...CREDIT_TYPES.map((type) => `${type} ${due[type]}`), "1 log row"].join(", ");
    const got =
      row === undefined
        ? "the organization is gone"
        : [
            ...CREDIT_TYPES.map((type) => `${type} ${row[`${type}_credits`]}`),
            `${row["log_rows"]} log row`,
          ].join(", ");

    if (got !== expected) {
      const show = `${allocationsSql()}\nHAVING o.id = ${literal(id)}`;

      return stage.violation({
        expected: `${planName ?? "no plan"}, pool ${totalCredits}: ${expected}`,
        got,
        show,
      });
    }
  }

  return undefined;
}

function allocationsSql(): string {
  return `SELECT o.id, o.plan_name, ${ALLOCATED.map((column) => `o.${column}`).join(", ")},
  count(a.id) FILTER (WHERE a.action_type = 'allocation') AS log_rows
FROM organizations AS o LEFT JOIN credit_actions AS a ON a.organization_id = o.id
GROUP BY o.id`;
}
