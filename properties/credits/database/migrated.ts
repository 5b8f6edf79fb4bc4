/** Checks whether organizations are migrated as rule M1 says. */

import type { TextRow } from "../../../harness/database/session.ts";
import type { RecordedDatabase } from "../../../harness/property/recorded-database.ts";
import type { Violation } from "../../../harness/property/verdict.ts";
import { isExpectedAction } from "../model/call-checks.ts";
import type { CreditSchema } from "../model/credit-schema.ts";
import { CREDIT_TYPES, type CreditAccount, type CreditType, fitsColumns, planAllocation } from "../model/model.ts";
import { textEvidence } from "./evidence.ts";
import { literal } from "./sql.ts";

const ALLOCATED = CREDIT_TYPES.map((type) => `${type}_credits`);

const ALLOCATIONS_SQL = `SELECT id, plan_name, ${ALLOCATED.join(", ")},
  (SELECT count(*) FROM credit_actions
   WHERE organization_id = organizations.id AND action_type = 'allocation') AS log_rows
FROM organizations`;

/** The database folds case, by its own collation. */
const LOG_SQL = `SELECT a.organization_id, a.action_type, a.credits_consumed, a.description,
  strpos(lower(a.description COLLATE "default"), lower(btrim(o.plan_name::text) COLLATE "default")) > 0 AS names_plan
FROM credit_actions AS a LEFT JOIN organizations AS o ON o.id = a.organization_id
WHERE a.action_type = 'allocation' ORDER BY a.organization_id`;

/** The ids of the organizations that have an allocation in the log. */
export async function readMigratedIds(db: RecordedDatabase): Promise<ReadonlySet<string>> {
  const rows = await db.query("SELECT DISTINCT organization_id FROM credit_actions WHERE action_type = 'allocation'");

  return new Set(rows.map((row) => row["organization_id"] ?? ""));
}

/**
 * The accounts without the allocation of their plan, or without exactly one log row of it: the first of each kind. One whose allocation does
 * not fit the columns has none in the log: it is refused (rule A4).
 */
export async function findWrongAllocations(
  db: RecordedDatabase,
  accounts: readonly CreditAccount[],
  { numbers: { capacity } }: CreditSchema,
): Promise<readonly Violation[]> {
  const violations = new Map<string, Violation>();
  const rows = await db.query(ALLOCATIONS_SQL);
  const found = new Map(rows.map((row) => [row["id"], row]));

  for (const { id, planName, totalCredits } of accounts) {
    const due = planAllocation(planName, totalCredits);
    const row = found.get(id);
    const isAllocated = fitsColumns(due, capacity);
    const [wanted, got] = isAllocated
      ? [
          formatAllocation((type) => String(due[type]), "1"),
          row && formatAllocation((type) => formatCredits(row[`${type}_credits`]), row["log_rows"]),
        ]
      : [formatLogRows("0"), row && formatLogRows(row["log_rows"])];

    const kind = nameWrongMigration(row, isAllocated);
    if (got !== wanted && !violations.has(kind)) {
      const violation = db.violation({
        kind,
        expected: `${id} (plan ${literal(planName)}, pool ${literal(totalCredits)}) has ${wanted}`,
        got: got === undefined ? "the organization is gone" : `it has ${got}`,
        show: `${ALLOCATIONS_SQL}\nWHERE id = ${literal(id)}`,
        evidence:
          row === undefined
            ? { shows: "rows", count: 0 }
            : textEvidence([...ALLOCATED.map((column) => row[column]), row["log_rows"]]),
      });
      violations.set(kind, violation);
    }
  }

  return [...violations.values()];
}

function nameWrongMigration(row: TextRow | undefined, isAllocated: boolean): string {
  if (row === undefined) return "organization is gone";
  if (!isAllocated) return "allocated although it does not fit";
  const logRows = Number(row["log_rows"]);

  return logRows === 0 ? "not migrated" : logRows > 1 ? "allocated more than once" : "wrong allocation";
}

/** The first allocation in the log that is not what a call would have logged. */
export async function findWrongLog(
  db: RecordedDatabase,
  accounts: readonly CreditAccount[],
): Promise<Violation | undefined> {
  const plans = new Map(accounts.map(({ id, planName }) => [id, planName]));

  for (const row of await db.query(LOG_SQL)) {
    const organization = row["organization_id"] ?? "";
    const plan = plans.get(organization) ?? null;
    const description = row["description"] ?? null;
    const number = row["credits_consumed"] ?? null;
    const credits = number === null ? null : Number(number);
    const logged = { organization, action: row["action_type"] ?? "", credits, description };
    const wanted = { action: "allocation", credits: 0 };

    const call = { kind: "allocate", organization, plan } as const;

    if (!isExpectedAction(logged, wanted, call, row["names_plan"] === "t")) {
      return db.violation({
        kind: "logged otherwise than by a call",
        expected: `the allocation of ${organization} is logged with 0 credits and a description that names its plan, ${literal(plan)}`,
        got: `${credits ?? "NULL"} credits, description ${literal(description)}`,
        show: LOG_SQL,
        evidence: textEvidence([credits]),
      });
    }
  }

  return undefined;
}

function formatAllocation(
  allocated: (type: CreditType) => string | undefined,
  logRows: string | null | undefined,
): string {
  const credits = CREDIT_TYPES.map((type) => `${allocated(type) ?? "NULL"} ${type}`).join(", ");

  return `${credits} credits and ${formatLogRows(logRows)}`;
}

/** Without the zeros after the point that a NUMERIC column shows. */
function formatCredits(text: string | null | undefined): string | undefined {
  return text == null ? undefined : String(Number(text));
}

function formatLogRows(count: string | null | undefined): string {
  return `${count} allocation${count === "1" ? "" : "s"} in the log`;
}
