/** Leaves out, in a large schema, the tables that a migration cannot concern: rows for all take most of the time. */
import { readFileSync } from "node:fs";
import type { QueryJson } from "../database/pinned-settings.ts";
import { codePath } from "../files/installation.ts";
import { type Definition, findConcerned } from "./concerned-tables.ts";
import type { RowPlan } from "./row-plan.ts";
import { withTriggerKeys } from "./trigger-keys.ts";

const query = readFileSync(codePath("harness/rows/definitions.sql"), "utf8");

/** With no more tables than these, all get rows. */
const SMALL_MAX = 20;

/**
 * The plan, with the tables that the SQL concerns only.
 * @param sql all that is applied to the rows
 */
export async function narrowPlan(plan: RowPlan, queryJson: QueryJson, sql: string): Promise<RowPlan> {
  if (plan.tables.length <= SMALL_MAX) return plan;
  const concerned = findConcerned(withTriggerKeys(plan.schema), (await queryJson(query)) as readonly Definition[], sql);
  if (concerned === undefined) return plan;
  const tables = plan.tables.filter(({ table }) => concerned.has(table.oid));

  return { ...plan, tables, byKey: new Map(tables.map((table) => [table.key, table])) };
}
