/** Finds the two tables of the contract in the user's schema, and says what they lack for it. */
import type { Session } from "../../../harness/database/session.ts";
import { Inconclusive } from "../../../harness/errors.ts";
import type { SchemaModel, TableModel } from "../../../harness/rows/schema-model.ts";
import { ACTION_COLUMNS, type CreditSchema } from "../model/credit-schema.ts";
import { sampleAccount } from "../model/model.ts";
import { insertAccounts, insertPastActions } from "./sql.ts";

const ORGANIZATION_COLUMNS = ["id", "plan_name", "total_credits", "updated_at"];

interface ContractTables extends Pick<CreditSchema, "tables" | "namespace"> {
  readonly organizations: TableModel;
  readonly actions: TableModel;
}

/** The tables that the statements of a release find: these name them without a schema. */
const VISIBLE = `SELECT c.oid, c.relname AS name, quote_ident(n.nspname) AS namespace, format('%I.%I', n.nspname, c.relname) AS qualified, c.relkind
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.oid IN (to_regclass('organizations'), to_regclass('credit_actions'))`;

/** @throws Inconclusive naming what the contract's statements lack */
export async function findContractTables(session: Session, model: SchemaModel): Promise<ContractTables> {
  const rows = await session.query(VISIBLE);
  const [{ path = "" } = {}] = await session.query("SELECT current_setting('search_path') AS path");
  const find = (name: string, columns: readonly string[]) => {
    const visible = rows.find((row) => row["name"] === name);
    const table = requireTable(model, name, {
      oid: visible?.["oid"] ?? "",
      isView: ["v", "m"].includes(visible?.["relkind"] ?? ""),
      path: path ?? "",
    });
    requireColumns(table, columns);

    return { table, namespace: visible?.["namespace"] ?? "", qualified: visible?.["qualified"] ?? "" };
  };
  const organizations = find("organizations", ORGANIZATION_COLUMNS);
  const actions = find("credit_actions", ACTION_COLUMNS);
  requireUuid(organizations.table);

  return {
    organizations: organizations.table,
    actions: actions.table,
    tables: { organizations: organizations.qualified, actions: actions.qualified },
    namespace: organizations.namespace,
  };
}

function requireTable(
  { tables }: SchemaModel,
  name: string,
  { oid, isView, path }: { readonly oid: string; readonly isView: boolean; readonly path: string },
): TableModel {
  const table = tables.find((one) => one.oid === oid);
  if (table !== undefined) return table;
  if (isView) throw new Inconclusive(`${name} is a view in the baseline, and the contract is about a table`);
  const hidden = tables.find((one) => one.name === name);

  throw new Inconclusive(
    hidden === undefined
      ? `the baseline has no table ${name}, which the contract is about`
      : `a new session does not find the table ${hidden.schema}.${name} on its search_path (${path}): end the baseline with ALTER DATABASE … SET search_path`,
  );
}

function requireColumns({ name, columns }: TableModel, wanted: readonly string[]): void {
  const missing = wanted.filter((column) => !columns.some((one) => one.name === column));
  if (missing.length > 0) {
    const names = missing.map((column) => `${name}.${column}`).join(", ");
    throw new Inconclusive(`the baseline has no column ${names}, which the contract's statements use`);
  }
}

/** The functions of the contract take a UUID. */
function requireUuid({ columns }: TableModel): void {
  const type = columns.find(({ name }) => name === "id")?.typeName;
  if (type !== "uuid") throw new Inconclusive(`organizations.id is ${type}, and the contract's functions take a UUID`);
}

/**
 * No function of the contract gives a log row more than the contract names: the user's own triggers give the rest.
 * @throws Inconclusive naming the column that stays empty
 */
export async function requireLogRows(session: Session, schema: CreditSchema, { columns }: TableModel): Promise<void> {
  const needy = columns.find(
    (column) =>
      column.notNull &&
      column.default === null &&
      column.identity === "" &&
      column.generated === "" &&
      (column.name === "id" || !ACTION_COLUMNS.includes(column.name)),
  );
  if (needy === undefined || schema.refusal !== undefined) return;
  const account = sampleAccount();
  const { error } = await session.tryAndRollBack([
    insertAccounts([account], schema),
    insertPastActions([{ organization: account.id, action: "ai_consumption", credits: 1, description: "before" }]),
  ]);
  if (error?.code === "23502") {
    throw new Inconclusive(
      `credit_actions.${needy.name} needs a value in each log row, which no function of the contract gives`,
    );
  }
}
