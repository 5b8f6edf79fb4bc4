/**
 * The credits of this project as SQL that a person would write: the same statements make the cases and tell about them.
 */
import { escapeLiteral } from "pg";
import { type Account, type Call, CREDIT_TYPES, type Organization } from "./model.ts";

/** What the application knew before the migration. */
export const BASELINE_COLUMNS = ["id", "name", "plan_name", "total_credits", "status", "created_at"] as const;

/** The eight columns of the migration, the allocated ones first. */
export const NUMBER_COLUMNS = [
  ...CREDIT_TYPES.map((type) => `${type}_credits`),
  ...CREDIT_TYPES.map((type) => `${type}_used_credits`),
];

/** A row of credit_actions that was there before the migration. */
export interface PastAction {
  readonly organization: string;
  readonly action: string;
  readonly credits: number;
  readonly description: string | null;
}

/** One moment for all rows of a case, so that no clock gets into a comparison. */
const CREATED = "2025-10-12 18:56:00+02";

export function literal(value: string | number | null | undefined): string {
  return value === null || value === undefined
    ? "NULL"
    : typeof value === "number"
      ? String(value)
      : escapeLiteral(value);
}

/** Organizations of the baseline; created_at counts up a minute each. */
export function insertAccounts(accounts: readonly Account[]): string {
  const rows = accounts.map(
    ({ id, name, planName, totalCredits, status }, index) =>
      `(${[id, name, planName, totalCredits, status].map(literal).join(", ")}, TIMESTAMPTZ '${CREATED}' + INTERVAL '${index} min')`,
  );

  return `INSERT INTO organizations (id, name, plan_name, total_credits, status, created_at) VALUES\n  ${rows.join(",\n  ")};`;
}

/** Organizations of a migrated database, in the middle of their use. */
export function insertOrganizations(organizations: readonly Organization[]): string {
  const rows = organizations.map(({ id, name, planName, totalCredits, status, numbers }) => {
    const values = [id, name, planName, totalCredits, status].map(literal);
    const counts = [
      ...CREDIT_TYPES.map((type) => numbers.allocated[type]),
      ...CREDIT_TYPES.map((type) => numbers.used[type]),
    ];

    return `(${[...values, `'${CREATED}'`, ...counts].join(", ")})`;
  });

  return `INSERT INTO organizations (id, name, plan_name, total_credits, status, created_at,\n    ${NUMBER_COLUMNS.join(", ")}) VALUES\n  ${rows.join(",\n  ")};`;
}

export function insertPastActions(actions: readonly PastAction[]): string {
  const rows = actions.map(
    ({ organization, action, credits, description }) =>
      `(${[organization, action, credits, description].map(literal).join(", ")}, '${CREATED}')`,
  );

  return `INSERT INTO credit_actions (organization_id, action_type, credits_consumed, description, created_at) VALUES\n  ${rows.join(",\n  ")};`;
}

/** The call as one writes it by hand. */
export function callSql(call: Call): string {
  switch (call.kind) {
    case "allocate":
      return `SELECT allocate_plan_credits(${literal(call.organization)}, ${literal(call.plan)});`;
    case "available":
      return `SELECT get_available_credits(${literal(call.organization)}, ${literal(call.type)});`;
    case "consume": {
      const values = [call.organization, call.type, call.credits].map(literal);
      const description = call.description === undefined ? [] : [literal(call.description)];

      return `SELECT consume_specific_credits(${[...values, ...description].join(", ")});`;
    }
  }
}

/** The numbers of one organization, as a statement that shows them. */
export function numbersSql(id: string): string {
  return `SELECT ${NUMBER_COLUMNS.join(", ")} FROM organizations WHERE id = ${literal(id)};`;
}

/** The log of the functions, as a statement that shows it. */
export const LOG_SQL =
  "SELECT organization_id, action_type, credits_consumed, description FROM credit_actions ORDER BY id;";
