/**
 * Reads what the user's tables accept and need. The catalog says what other columns a row needs; which values a column
 * of the contract accepts, the server is asked.
 */
import { escapeIdentifier } from "pg";
import type { LoadedConfiguration } from "../../../harness/configuration/load-configuration.ts";
import type { Database } from "../../../harness/database/database-provider.ts";
import { queryJsonOn } from "../../../harness/database/pinned-settings.ts";
import type { Session } from "../../../harness/database/session.ts";
import { loadParser } from "../../../harness/release/parser.ts";
import { prepareHints } from "../../../harness/rows/hints.ts";
import { readSchema } from "../../../harness/rows/read-schema.ts";
import { planRows, type TablePlan } from "../../../harness/rows/row-plan.ts";
import { findMentionedColumns, type SchemaModel, type TableModel } from "../../../harness/rows/schema-model.ts";
import { AccountRows } from "../model/account-rows.ts";
import { NAMES, PLANS, pastActions, STATUSES, TOTALS } from "../model/candidate-values.ts";
import { type ColumnTypes, type CreditSchema, type LogFacts, PLAIN_SCHEMA } from "../model/credit-schema.ts";
import { type CreditDomain, isFixedPlan } from "../model/domain.ts";
import { nthId, sampleAccount } from "../model/model.ts";
import { findContractTables, requireLogRows } from "./contract-tables.ts";
import { findForeignKeys, readReferencedValues } from "./referenced-values.ts";
import { insertAccounts } from "./sql.ts";
import { formatAction, formatSample, GIVE_VALUES, SAMPLE_ID, tryInserts } from "./try-inserts.ts";

/** So many kinds of rows are tried until the server accepts one. */
const ATTEMPTS = 5;

/**
 * Reads the schema of a database with the release's baseline, which is left as it was.
 * @param loaded gives values for rows
 * @throws Inconclusive naming what the contract's statements lack
 */
export async function readCreditSchema(database: Database, loaded?: LoadedConfiguration): Promise<CreditSchema> {
  const model = await readSchema(queryJsonOn(await database.observer()));
  await using session = await database.connect();
  const { organizations, actions, ...names } = await findContractTables(session, model);
  const plan = planRows(model, await loadParser());
  const of = plan.byKey.get(`${organizations.schema}.${organizations.name}`) as TablePlan;
  const log = plan.byKey.get(`${actions.schema}.${actions.name}`) as TablePlan;
  const { configuration: { rows: sources = {} } = {}, folder = "" } = loaded ?? {};
  const hints = await prepareHints(sources, { schema: model, session, folder });
  const facts = {
    ...names,
    organizations: toTypes(organizations),
    actions: toTypes(actions),
    requiresCreationTime: organizations.columns.some(
      ({ name, notNull, default: preset }) => name === "created_at" && notNull && preset === null,
    ),
    counted: of.counted.map(({ column }) => column),
    volatile: [],
    spreading: [],
    refusedWrites: [],
    disablePathTriggers: [],
    hasOwnRows: false,
    log: readLogFacts(actions, organizations, model),
    numbers: PLAIN_SCHEMA.numbers,
  };
  const samples = new AccountRows(plan, of, hints, 1);
  let schema: CreditSchema = { domain: {}, extra: [], ...facts };
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const rows = new AccountRows(plan, of, hints, attempt);
    const extra = findExtra(rows, of);
    schema = { domain: {}, extra, ...facts, ...(extra.length === 0 ? {} : { rows }) };
    schema = await tryTogether(session, await askServer(session, schema, { model, of, log, rows, samples }));
    if (schema.refusal === undefined) break;
  }
  await requireLogRows(session, schema, actions);

  return { ...schema, plan };
}

/** Columns that the model leaves to the catalog. */
function findExtra(rows: AccountRows, { table, uniqueKeys }: TablePlan): readonly string[] {
  const unique = uniqueKeys.flatMap(({ columns }) => columns);
  const isTied = (name: string): boolean =>
    table.checks.some(({ expression }) => {
      const mentioned = findMentionedColumns(expression, table);

      return mentioned.includes(name) && mentioned.length > 1;
    });
  const isModelled = (name: string): boolean => {
    if (name === "name") return !unique.includes(name);
    if (name === "status") return hasDefault(table, name) && !isTied(name);
    if (name === "created_at") return !isTied(name);

    return ["id", "plan_name", "total_credits"].includes(name);
  };

  return rows.columns.filter((name) => !isModelled(name));
}

function hasDefault({ columns }: TableModel, name: string): boolean {
  return columns.some((column) => column.name === name && column.default !== null);
}

function readLogFacts(actions: TableModel, organizations: TableModel, { tables }: SchemaModel): LogFacts {
  const find = (name: string) => actions.columns.find((column) => column.name === name);
  const targets = [organizations.oid, actions.oid];
  const referring = tables.filter(
    ({ oid, foreignKeys }) => !targets.includes(oid) && foreignKeys.some(({ table }) => targets.includes(table)),
  );

  return {
    isNumbered: find("id")?.sequence != null,
    isAlways: find("id")?.identity === "a",
    mayLackOrganization: find("organization_id")?.notNull === false,
    volatile: [],
    foreignKeys: actions.foreignKeys.filter(({ table }) => table === organizations.oid).map(({ name }) => name),
    referring: referring.map(({ schema, name }) => `${escapeIdentifier(schema)}.${escapeIdentifier(name)}`),
  };
}

function toTypes({ columns }: TableModel): ColumnTypes {
  return new Map(columns.map(({ name, typeName }) => [name, typeName]));
}

/** Statements that try a value in a column of the log: one that the server accepts is enough. */
const LOGGED: Readonly<Record<string, (rows: AccountRows, value: string | null) => readonly string[]>> = {
  description: (rows, value) => ["purchase", "ai_consumption"].map((action) => formatAction(rows, action, value)),
  action_type: (rows, value) => [formatAction(rows, value ?? "", "before")],
};

/** Tries values in the columns of the contract that have some limit. */
async function askServer(session: Session, schema: CreditSchema, around: Surroundings): Promise<CreditSchema> {
  const { of, log, rows, samples, model } = around;
  const actions = log.table;
  const isTried = (name: string): boolean => !schema.extra.includes(name) && isLimited(of, name);
  const candidates: Readonly<Record<string, readonly (string | null)[]>> = {
    name: isTried("name") ? NAMES : [],
    plan_name: isTried("plan_name")
      ? [
          ...PLANS,
          ...findLiterals(of, model, "plan_name"),
          ...(await readReferencedValues(session, around, "plan_name")),
        ]
      : [],
    status: isTried("status")
      ? [...STATUSES, ...findLiterals(of, model, "status"), ...sampleColumn(samples, "status")]
      : [],
    total_credits: isTried("total_credits") ? TOTALS : [],
    description: isLimitedColumn(actions, "description") ? NAMES : [],
    action_type: isLimitedColumn(actions, "action_type") ? pastActions(findLiterals(log, model, "action_type")) : [],
  };
  const tried = Object.entries(candidates).flatMap(([column, values]) => {
    const own = column in LOGGED ? null : rows.value(SAMPLE_ID, column);

    return [...new Set([...values, ...(values.length > 0 && own !== null ? [own] : [])])].flatMap((value) =>
      (LOGGED[column]?.(rows, value) ?? [formatSample(rows, { [column]: value })]).map(
        (statement) => [column, value, statement] as const,
      ),
    );
  });
  if (tried.length === 0 && schema.extra.length === 0) return schema;
  const [refusal, ...refusals] = await tryInserts(session, rows, [
    formatSample(rows, {}),
    ...tried.map(([_column, _value, statement]) => statement),
  ]);
  if (typeof refusal === "string") {
    return { ...schema, refusal: `organizations cannot be made: ${refusal}; ${GIVE_VALUES}` };
  }
  const accepted = tried.filter((_, index) => refusals[index] === null);
  const acceptedIn = (name: string) =>
    (candidates[name] ?? []).length === 0
      ? undefined
      : [...new Set(accepted.filter(([column]) => column === name).map(([, value]) => value))];
  const plans = acceptedIn("plan_name");
  const totals = acceptedIn("total_credits");
  const numbers = totals?.filter((value) => value !== null).map(Number);

  return {
    ...schema,
    domain: omitUndefined({
      names: acceptedIn("name"),
      plans: plans && (totals === undefined ? plans : await dropTiedPlans(session, around, { plans, totals })),
      statuses: schema.organizations.has("status") ? acceptedIn("status") : ["active"],
      actions: acceptedIn("action_type")?.filter((action) => action !== null),
      descriptions: acceptedIn("description"),
      totals: numbers && {
        least: Math.min(...numbers),
        greatest: Math.max(...numbers),
        isNullable: totals?.includes(null) === true,
        hasFractions: hasFractions(schema.organizations.get("total_credits") ?? ""),
      },
    }),
  };
}

/** Without the plans that some of the totals do not go with, unless no other one is allocated as they are. */
async function dropTiedPlans(
  session: Session,
  { of: { table }, rows }: Surroundings,
  { plans, totals }: Readonly<Record<"plans" | "totals", readonly (string | null)[]>>,
): Promise<readonly (string | null)[]> {
  const isTied = table.checks.some(({ expression }) =>
    ["plan_name", "total_credits"].every((name) => findMentionedColumns(expression, table).includes(name)),
  );
  if (!isTied) return plans;
  const pairs = plans.flatMap((plan) => totals.map((total) => [plan, total] as const));
  const statements = pairs.map(([plan, total]) => formatSample(rows, { plan_name: plan, total_credits: total }));
  const refusals = await tryInserts(session, rows, statements);
  const tied = new Set(pairs.filter((_, index) => refusals[index] !== null).map(([plan]) => plan));

  return plans.filter(
    (plan) => !tied.has(plan) || plans.every((one) => tied.has(one) || isFixedPlan(one) !== isFixedPlan(plan)),
  );
}

/** So many that two of them would collide if some had to. */
const TOGETHER = 12;

/** Tries whether the server accepts several organizations as properties insert them. */
async function tryTogether(session: Session, schema: CreditSchema): Promise<CreditSchema> {
  if (schema.refusal !== undefined) return schema;
  const accounts = Array.from({ length: TOGETHER }, (_, index) => sampleAccount(index));
  const { error } = await session.tryAndRollBack([insertAccounts(accounts, schema), "SET CONSTRAINTS ALL IMMEDIATE"]);

  return error === undefined
    ? schema
    : { ...schema, refusal: `organizations cannot be made: ${error.message} (SQLSTATE ${error.code}); ${GIVE_VALUES}` };
}

/** NUMERIC without a scale, or with one. */
function hasFractions(type: string): boolean {
  return /^numeric(?!\(\d+,0\))/.test(type);
}

interface Surroundings {
  readonly model: SchemaModel;
  readonly of: TablePlan;
  readonly rows: AccountRows;
  /** Of values that differ. */
  readonly samples: AccountRows;
  readonly log: TablePlan;
}

/** True where the column may refuse a value that the model has. */
function isLimited({ table, uniqueKeys }: TablePlan, name: string): boolean {
  return (
    isLimitedColumn(table, name) ||
    table.triggers.length > 0 ||
    uniqueKeys.some(({ columns }) => columns.includes(name)) ||
    (name !== "name" && table.columns.some((column) => column.name === name && column.notNull))
  );
}

function isLimitedColumn(table: TableModel, name: string): boolean {
  const type = table.columns.find((column) => column.name === name)?.typeName;

  return (
    type !== undefined &&
    (type !== (name === "total_credits" ? "integer" : "text") ||
      findForeignKeys(table, name).length > 0 ||
      table.checks.some(({ expression }) => findMentionedColumns(expression, table).includes(name)))
  );
}

/** The labels of the column's enum, and the texts that the table compares with. */
function findLiterals(of: TablePlan, { types }: SchemaModel, name: string): readonly string[] {
  const planned = of.columns.find(({ column }) => column.name === name);

  return [...(types.get(planned?.column.type ?? "")?.labels ?? []), ...(planned?.literals ?? [])];
}

/** Of whatever type it is. */
function sampleColumn(samples: AccountRows, name: string): readonly string[] {
  return Array.from({ length: TOGETHER }, (_, index) => samples.value(nthId(index), name)).filter(
    (value) => value !== null,
  );
}

function omitUndefined(
  domain: { readonly [Name in keyof CreditDomain]: CreditDomain[Name] | undefined },
): CreditDomain {
  return Object.fromEntries(Object.entries(domain).filter(([, value]) => value !== undefined));
}
