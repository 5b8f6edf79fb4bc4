/**
 * The credits of this project as SQL that a person would write: the same statements make the cases and tell about them.
 */
import { escapeLiteral } from "pg";
import { CREDIT_TYPES, type CreditAccount, type CreditCall, type Organization } from "../model/model.ts";

const COLUMNS_OF = {
  allocated: CREDIT_TYPES.map((type) => `${type}_credits`),
  used: CREDIT_TYPES.map((type) => `${type}_used_credits`),
};

/** The eight columns of the migration, the allocated ones first. */
export const NUMBER_COLUMNS = [...COLUMNS_OF.allocated, ...COLUMNS_OF.used];

/** A row of credit_actions that was there before the migration. */
export interface PastAction {
  readonly organization: string;
  readonly action: string;
  readonly credits: number;
  readonly description: string | null;
}

/** When the first row of a case was made, so that no clock gets into a comparison. */
const CREATED = Date.UTC(2025, 9, 12, 16, 56);
const MINUTE_MS = 60_000;
/** The same moment as PostgreSQL writes it in JSON, in UTC. */
export const CREATED_AT = new Date(CREATED).toISOString().replace(".000Z", "+00:00");

export function literal(value: string | number | null | undefined): string {
  return value === null || value === undefined
    ? "NULL"
    : typeof value === "number"
      ? String(value)
      : escapeLiteral(value);
}

/** Organizations of the baseline; where there are several, created_at counts up a minute each. */
export function insertAccounts(accounts: readonly CreditAccount[]): string {
  const times = accounts.length < 2 ? [] : ["created_at"];
  const lines = [[...accountColumns(accounts), ...times]];
  const rows = accounts.map((account, index) => [
    [...accountValues(account, accounts), ...times.map(() => moment(index))],
  ]);

  return insertSql("organizations", lines, rows);
}

/**
 * Organizations of a migrated database, in the middle of their use, and not made just now: what sets created_at anew
 * shows. Numbers that nobody has are left to their default.
 */
export function insertOrganizations(organizations: readonly Organization[]): string {
  const numbers = (["allocated", "used"] as const).filter((which) =>
    organizations.some((each) => CREDIT_TYPES.some((type) => each.numbers[which][type] !== 0)),
  );
  const lines = [
    [...accountColumns(organizations), "created_at"],
    ...numbers.map((which) => COLUMNS_OF[which]),
  ];
  const rows = organizations.map((organization) => [
    [...accountValues(organization, organizations), moment(0)],
    ...numbers.map((which) => CREDIT_TYPES.map((type) => String(organization.numbers[which][type]))),
  ]);

  return insertSql("organizations", lines, rows);
}

export function insertPastActions(actions: readonly PastAction[]): string {
  const columns = ["organization_id", "action_type", "credits_consumed", "description", "created_at"];
  const rows = actions.map(({ organization, action, credits, description }) => [
    [...[organization, action, credits, description].map(literal), moment(0)],
  ]);

  return insertSql("credit_actions", [columns], rows);
}

/** The default of the status is left out where every organization has it. */
function accountColumns(accounts: readonly CreditAccount[]): readonly string[] {
  return ["id", "name", "plan_name", "total_credits", ...(allActive(accounts) ? [] : ["status"])];
}

function accountValues(
  { id, name, planName, totalCredits, status }: CreditAccount,
  all: readonly CreditAccount[],
): readonly string[] {
  return [id, name, planName, totalCredits, ...(allActive(all) ? [] : [status])].map(literal);
}

function allActive(accounts: readonly CreditAccount[]): boolean {
  return accounts.every(({ status }) => status === "active");
}

function moment(minute: number): string {
  const text = new Date(CREATED + minute * MINUTE_MS).toISOString();

  return `'${text.slice(0, 10)} ${text.slice(11, 19)}+00'`;
}

type Lines = readonly (readonly string[])[];

/** One INSERT of all rows; columns and values are broken into the same lines. */
function insertSql(table: string, columns: Lines, rows: readonly Lines[]): string {
  const values = rows.map((lines) => `  (${inLines(lines, "   ")})`);

  return `INSERT INTO ${table} (${inLines(columns, "  ")})\nVALUES\n${values.join(",\n")};`;
}

function inLines(lines: Lines, indentation: string): string {
  return lines.map((line) => line.join(", ")).join(`,\n${indentation}`);
}

/** The call as one writes it by hand. */
export function callSql(call: CreditCall): string {
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
  return `SELECT ${inLines([COLUMNS_OF.allocated, COLUMNS_OF.used], "  ")}\nFROM organizations WHERE id = ${literal(id)};`;
}

/** The log of the functions, as a statement that shows it. */
export const LOG_SQL =
  "SELECT organization_id, action_type, credits_consumed, description\nFROM credit_actions ORDER BY id;";
