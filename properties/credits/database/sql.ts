/** Writes the SQL of cases and of scripts, in a form that is easy to read. */
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

/** The creation time of a case's first row: fixed, so that comparisons do not depend on the clock. */
const CREATED = Date.UTC(2025, 9, 12, 16, 56);
const MINUTE_MS = 60_000;
/** The same moment in PostgreSQL's JSON, in UTC. */
export const CREATED_AT = new Date(CREATED).toISOString().replace(".000Z", "+00:00");

export function literal(value: string | number | null | undefined): string {
  return value === null || value === undefined
    ? "NULL"
    : typeof value === "number"
      ? String(value)
      : escapeLiteral(value);
}

/** Inserts organizations of the baseline; several of them are created a minute apart. */
export function insertAccounts(accounts: readonly CreditAccount[]): string {
  const times = accounts.length < 2 ? [] : ["created_at"];
  const lines = [[...accountColumns(accounts), ...times]];
  const rows = accounts.map((account, index) => [
    [...accountValues(account, accounts), ...times.map(() => moment(index))],
  ]);

  return insertSql("organizations", lines, rows);
}

/**
 * Inserts migrated organizations. They were created in the past, so that a release which resets created_at is detected.
 * Numbers that are 0 everywhere are left to their default.
 */
export function insertOrganizations(organizations: readonly Organization[]): string {
  const numbers = (["allocated", "used"] as const).filter((which) =>
    organizations.some((each) => CREDIT_TYPES.some((type) => each.numbers[which][type] !== 0)),
  );
  const lines = [[...accountColumns(organizations), "created_at"], ...numbers.map((which) => COLUMNS_OF[which])];
  const rows = organizations.map((organization) => [
    [...accountValues(organization, organizations), moment(0)],
    ...numbers.map((which) => CREDIT_TYPES.map((type) => String(organization.numbers[which][type]))),
  ]);

  return insertSql("organizations", lines, rows);
}

/** Inserts organizations that the server generates, in one order by id and by age; `n` counts from 1. */
export function generateOrganizations(count: number, { plan = "'custom'", total = "0" } = {}): string {
  return `INSERT INTO organizations (id, name, plan_name, total_credits, created_at)
SELECT ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, 'Organization ' || n, ${plan}, ${total},
  TIMESTAMPTZ '2025-10-12 16:56:00+00' + n * INTERVAL '1 min'
FROM generate_series(1, ${count}) AS n`;
}

export function insertPastActions(actions: readonly PastAction[]): string {
  const columns = ["organization_id", "action_type", "credits_consumed", "description", "created_at"];
  const rows = actions.map(({ organization, action, credits, description }) => [
    [...[organization, action, credits, description].map(literal), moment(0)],
  ]);

  return insertSql("credit_actions", [columns], rows);
}

/** The status is left to its default where every organization is active. */
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

/** One INSERT of all rows, with the columns and the values on corresponding lines. */
function insertSql(table: string, columns: Lines, rows: readonly Lines[]): string {
  const values = rows.map((lines) => `  (${inLines(lines, "   ")})`);

  return `INSERT INTO ${table} (${inLines(columns, "  ")})\nVALUES\n${values.join(",\n")};`;
}

function inLines(lines: Lines, indentation: string): string {
  return lines.map((line) => line.join(", ")).join(`,\n${indentation}`);
}

/** The call as a SELECT. */
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

/** Selects the numbers of one organization. */
export function numbersSql(id: string): string {
  return `SELECT ${inLines([COLUMNS_OF.allocated, COLUMNS_OF.used], "  ")}\nFROM organizations WHERE id = ${literal(id)};`;
}

/** Selects the log of the functions. */
export const LOG_SQL =
  "SELECT organization_id, action_type, credits_consumed, description\nFROM credit_actions ORDER BY id;";
