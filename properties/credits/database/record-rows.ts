/** Records the rows that cases insert, for the coverage in the report (pure). */
import type { Coverage } from "../../../harness/rows/coverage.ts";
import type { TablePlan } from "../../../harness/rows/row-plan.ts";
import type { Cell } from "../../../harness/rows/value-request.ts";
import type { NamedCells } from "../model/account-rows.ts";
import type { CreditSchema, NumberColumns } from "../model/credit-schema.ts";
import { CREDIT_TYPES, type CreditAccount, type Organization } from "../model/model.ts";
import { moment, NUMBER_COLUMNS, type PastAction, playedColumns, playedValues } from "./sql.ts";

/** The rows of a case, as data. */
export interface InsertedRows {
  readonly accounts?: readonly (CreditAccount | Organization)[];
  readonly actions?: readonly PastAction[];
}

/** Includes organizations with the columns of the migration, the log, and the tables that organizations refer to. */
export function includeTables(coverage: Coverage | undefined, { plan, numbers }: CreditSchema): void {
  if (coverage === undefined || plan === undefined) return;
  const find = (name: string) => plan.tables.find(({ table }) => table.name === name);
  const [organizations, actions] = [find("organizations"), find("credit_actions")];
  if (organizations === undefined || actions === undefined) return;
  const parents = new Set(organizations.links.map(({ parent }) => parent));
  // A table comes after those that it refers to.
  for (const { key, links } of plan.tables.toReversed()) {
    if (parents.has(key)) for (const { parent } of links) parents.add(parent);
  }
  const others = plan.tables.filter(({ key }) => parents.has(key) && key !== organizations.key && key !== actions.key);
  coverage.include([addNumberColumns(organizations, numbers), actions, ...others]);
}

/** As the release adds them. */
function addNumberColumns(of: TablePlan, { type }: NumberColumns): TablePlan {
  const [any] = of.columns;
  if (any === undefined) return of;
  const added = { typeName: type, notNull: true, default: "0", typmod: -1 };
  const numbers = NUMBER_COLUMNS.map((name) => ({ ...any, column: { ...any.column, ...added, name } }));

  return { ...of, columns: [...of.columns, ...numbers] };
}

/** Adds the rows of a case. @param reason why the server refused them, where it did */
export function recordRows(
  coverage: Coverage | undefined,
  schema: CreditSchema,
  { accounts = [], actions = [] }: InsertedRows,
  reason?: string,
): void {
  if (coverage === undefined || schema.plan === undefined) return;
  const add = (name: string, rows: readonly NamedCells[]) => {
    const key = schema.plan?.tables.find(({ table }) => table.name === name)?.key ?? "";
    coverage.add(key, reason === undefined ? rows : [], reason === undefined ? [] : rows.map(() => ({ reason })));
  };
  add("organizations", toCells(accounts, schema));
  add("credit_actions", actions.map(toActionCells));
  if (reason !== undefined) return;
  const parents = schema.rows?.findParents(accounts.map(({ id }) => id)) ?? [];
  for (const { of, rows } of parents) coverage.add(of.key, rows);
}

/** What the INSERT of sql.ts leaves to its default is undefined. */
function toCells(accounts: Required<InsertedRows>["accounts"], schema: CreditSchema): readonly NamedCells[] {
  const columns = playedColumns(schema);
  const isActive = accounts.every(({ status }) => status === "active");
  const isTimed = accounts.length > 1 || schema.requiresCreationTime;

  return accounts.map((account, index) => {
    const numbers = "numbers" in account ? account.numbers : undefined;
    const created = numbers === undefined ? index : 0;
    const values = playedValues(account, account.id, schema);
    const named = columns.map((name, at) => [name, name === "status" && isActive ? undefined : toCell(values[at])]);
    const amounts = (["allocated", "used"] as const).flatMap((which) =>
      CREDIT_TYPES.map((type) => [`${type}_${which === "used" ? "used_" : ""}credits`, toCell(numbers?.[which][type])]),
    );

    return {
      id: account.id,
      created_at: isTimed || numbers !== undefined ? moment(created) : undefined,
      ...(Object.fromEntries([...named, ...amounts]) as NamedCells),
    };
  });
}

function toActionCells({ organization, action, credits, description }: PastAction): NamedCells {
  return {
    organization_id: organization,
    action_type: action,
    credits_consumed: String(credits),
    description,
    created_at: moment(0),
  };
}

function toCell(value: string | number | null | undefined): Cell {
  return typeof value === "number" ? String(value) : value;
}
