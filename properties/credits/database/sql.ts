/** Writes the SQL of cases and of scripts, in a form that is easy to read. */
import { escapeIdentifier, escapeLiteral } from "pg";
import { Inconclusive } from "../../../harness/errors.ts";
import { type CreditSchema, castTo, PLAIN_SCHEMA } from "../model/credit-schema.ts";
import { fitAccount, fitTotalSql } from "../model/domain.ts";
import { CREDIT_TYPES, type CreditAccount, type CreditCall, nthId, type Organization } from "../model/model.ts";

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

export function literal(value: string | number | null | undefined): string {
  return value === null || value === undefined
    ? "NULL"
    : typeof value === "number"
      ? String(value)
      : escapeLiteral(value);
}

/** Inserts organizations of the baseline, and the rows that they refer to; several of them are created a minute apart. */
export function insertAccounts(accounts: readonly CreditAccount[], schema: CreditSchema = PLAIN_SCHEMA): string {
  const rows = new AccountSql(accounts, schema);
  const times = accounts.length < 2 ? rows.requiredTimes : rows.times;

  return rows.insert(
    [[...rows.columns, ...times]],
    accounts.map((account, index) => [[...rows.values(account), ...times.map(() => moment(index))]]),
  );
}

/** Inserts an organization with values in further columns. */
export function insertAccount(
  account: CreditAccount,
  values: Readonly<Record<string, number | null>>,
  schema: CreditSchema,
): string {
  const rows = new AccountSql([account], schema);

  return rows
    .insert(
      [[...rows.columns, ...rows.requiredTimes, ...Object.keys(values)]],
      [[[...rows.values(account), ...rows.requiredTimes.map(() => moment(0)), ...Object.values(values).map(literal)]]],
    )
    .replace(/;$/, "");
}

/**
 * Inserts migrated organizations. They were created in the past, so that a release which resets created_at is detected.
 * Numbers that are 0 everywhere are left to their default.
 */
export function insertOrganizations(
  organizations: readonly Organization[],
  schema: CreditSchema = PLAIN_SCHEMA,
): string {
  const rows = new AccountSql(organizations, schema);
  const { times } = rows;
  const numbers = (["allocated", "used"] as const).filter((which) =>
    organizations.some((each) => CREDIT_TYPES.some((type) => each.numbers[which][type] !== 0)),
  );

  return rows.insert(
    [[...rows.columns, ...times], ...numbers.map((which) => COLUMNS_OF[which])],
    organizations.map((organization) => [
      [...rows.values(organization), ...times.map(() => moment(0))],
      ...numbers.map((which) => CREDIT_TYPES.map((type) => String(organization.numbers[which][type]))),
    ]),
  );
}

export interface GeneratedOptions {
  /** Takes turns. */
  readonly plans?: readonly (string | null)[];
  /** An SQL expression of `n`. */
  readonly total?: string;
}

/** Of the first one that the server generates; the others have other numbers. */
const GENERATED_NAME = "Organization 1";

/** Inserts organizations that the server generates, in one order by id and by age; `n` counts from 1. */
export function generateOrganizations(
  count: number,
  { plans = ["custom"], total = "0" }: GeneratedOptions = {},
  schema: CreditSchema = PLAIN_SCHEMA,
): string {
  const accounts = plans.map((planName) => ({
    id: nthId(0),
    name: GENERATED_NAME,
    planName,
    totalCredits: 0,
    status: "active",
  }));
  const rows = new AccountSql(accounts, schema);
  const fittedAccounts = accounts.map((account) => fitAccount(schema.domain, account));
  const fitted = fittedAccounts.map(({ planName }) => literal(planName));
  const name = fittedAccounts[0]?.name ?? "";
  const cast = schema === PLAIN_SCHEMA ? "" : castTo(schema.organizations, "plan_name");
  const plan = fitted.length === 1 ? fitted[0] : `(ARRAY[${fitted.join(", ")}])[1 + n % ${fitted.length}]${cast}`;
  const values: Readonly<Record<string, string>> = {
    id: `('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))${castTo(schema.organizations, "id")}`,
    name: name === GENERATED_NAME ? "'Organization ' || n" : literal(name),
    plan_name: plan ?? "NULL",
    total_credits: fitTotalSql(schema.domain, total),
    created_at: "TIMESTAMPTZ '2025-10-12 16:56:00+00' + n * INTERVAL '1 min'",
  };
  const ids = Array.from({ length: rows.extra.length === 0 ? 0 : count }, (_, index) => nthId(index));
  const known = ids.map((id, index) => `  (${[index + 1, ...rows.extraValues(id)].join(", ")})`);
  const columns = [...rows.columns.filter((name) => name in values && !rows.extra.includes(name)), ...rows.times];
  const extra = rows.extra.map((name) => `more.${escapeIdentifier(name)}${castTo(schema.organizations, name)}`);
  const names = ["n", ...rows.extra.map((name) => escapeIdentifier(name))].join(", ");

  return [
    ...rows.insertParents(ids),
    `INSERT INTO organizations (${[...columns, ...rows.extra.map((name) => escapeIdentifier(name))].join(", ")})
SELECT ${inLines([columns.slice(0, 4).map((name) => values[name] ?? ""), [...columns.slice(4).map((name) => values[name] ?? ""), ...extra]], "  ")}
FROM generate_series(1, ${count}) AS n${known.length === 0 ? "" : `\nJOIN (VALUES\n${known.join(",\n")}\n) AS more (${names}) USING (n)`}`,
  ].join("\n");
}

export function insertPastActions(actions: readonly PastAction[]): string {
  const columns = ["organization_id", "action_type", "credits_consumed", "description", "created_at"];
  const rows = actions.map(({ organization, action, credits, description }) => [
    [...[organization, action, credits, description].map(literal), moment(0)],
  ]);

  return insertSql("credit_actions", [columns], rows);
}

/** The columns of organizations for which `playedValues` gives values. */
export function playedColumns({ organizations, extra }: CreditSchema): readonly string[] {
  const modelled = ["name", "plan_name", "total_credits", "status"];

  return [...modelled.filter((name) => organizations.has(name) && !extra.includes(name)), ...extra];
}

/** @param id of the organization as whose the values of other columns are generated */
export function playedValues(
  account: CreditAccount,
  id: string,
  schema: CreditSchema,
): readonly (string | number | null | undefined)[] {
  const { name, planName, totalCredits, status } = fitAccount(schema.domain, account);
  const modelled: Readonly<Record<string, string | number | null>> = {
    name,
    plan_name: planName,
    total_credits: totalCredits,
    status,
  };

  return playedColumns(schema).map((column) =>
    schema.extra.includes(column) ? schema.rows?.value(id, column) : modelled[column],
  );
}

/** The columns and values of an INSERT of some accounts. The status is left to its default where all are active. */
class AccountSql {
  readonly #schema: CreditSchema;
  readonly #accounts: readonly CreditAccount[];
  readonly columns: readonly string[];
  readonly extra: readonly string[];
  readonly times: readonly string[];
  readonly requiredTimes: readonly string[];

  /** @throws Inconclusive where the schema accepts no organization */
  constructor(accounts: readonly CreditAccount[], schema: CreditSchema) {
    if (schema.refusal !== undefined) throw new Inconclusive(schema.refusal);
    this.#schema = schema;
    this.#accounts = accounts.map((account) => fitAccount(schema.domain, account));
    this.extra = schema.extra;
    this.times = schema.organizations.has("created_at") && !this.extra.includes("created_at") ? ["created_at"] : [];
    this.requiredTimes = schema.requiresCreationTime ? this.times : [];
    const isActive = this.#accounts.every(({ status }) => status === "active");
    this.columns = ["id", "name", "plan_name", "total_credits", ...(isActive ? [] : ["status"])].filter(
      (name) => schema.organizations.has(name) && !this.extra.includes(name),
    );
  }

  values(account: CreditAccount): readonly string[] {
    const { id, name, planName, totalCredits, status } = fitAccount(this.#schema.domain, account);
    const all: Readonly<Record<string, string | number | null>> = {
      id,
      name,
      plan_name: planName,
      total_credits: totalCredits,
      status,
    };

    return this.columns.map((column) => literal(all[column]));
  }

  extraValues(id: string): readonly string[] {
    return this.extra.map((column) => literal(this.#schema.rows?.value(id, column)));
  }

  insertParents(ids: readonly string[]): readonly string[] {
    return this.#schema.rows?.insertParents(ids) ?? [];
  }

  insert(columns: Lines, rows: readonly Lines[]): string {
    const ids = this.#accounts.map(({ id }) => id);
    const names = this.extra.map((name) => escapeIdentifier(name));
    const complete = rows.map((lines, index) => [...lines, this.extraValues(ids[index] ?? "")]);

    return [...this.insertParents(ids), insertSql("organizations", [...columns, names], complete)].join("\n");
  }
}

export function moment(minute: number): string {
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
  return lines
    .filter(({ length }) => length > 0)
    .map((line) => line.join(", "))
    .join(`,\n${indentation}`);
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

/** Changes an organization in a way that no rule depends on. */
export function touchSql(id: string, { domain, organizations, extra, refusedWrites }: CreditSchema): string {
  const status =
    domain.statuses === undefined ? "busy" : domain.statuses.find((one) => one !== null && one !== "active");
  const change =
    organizations.has("status") && !extra.includes("status") && !refusedWrites.includes("touch") && status
      ? `status = ${literal(status)}`
      : "plan_name = plan_name";

  return `UPDATE organizations SET ${change} WHERE id = ${literal(id)}`;
}

/** Selects the numbers of one organization. */
export function numbersSql(id: string): string {
  return `SELECT ${inLines([COLUMNS_OF.allocated, COLUMNS_OF.used], "  ")}\nFROM organizations WHERE id = ${literal(id)};`;
}

/** Selects the log of the functions, transaction by transaction: ids need not be numbers. */
export const LOG_SQL = `SELECT organization_id, action_type, credits_consumed, description
FROM credit_actions ORDER BY created_at, organization_id, action_type, credits_consumed, description;`;

/**
 * Empties the two tables, after those that refer to them. Where the user's own triggers refuse that, they are off
 * meanwhile, in the transaction (PostgreSQL manual, 19.11.1, session_replication_role).
 */
export function clearSql({ log, refusedWrites }: CreditSchema): string {
  const tables = [...log.referring, "credit_actions", "organizations"];
  const deletions = tables.map((table) => `DELETE FROM ${table};`).join(" ");
  const role = (name: string) => `SET LOCAL session_replication_role = ${name};`;

  return refusedWrites.includes("clear") ? `${role("replica")} ${deletions} ${role("origin")}` : deletions;
}
