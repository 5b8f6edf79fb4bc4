/**
 * Calls of the release's functions as an application makes them: most on a few busy organizations, one in forty on
 * another. The same index gives the same call on every run.
 */
import type { BenchCall } from "../../harness/bench/gate.ts";
import { organizationId } from "./organization-rows.ts";

const TYPES = ["ai", "whatsapp", "email", "sms"] as const;
const BUSY = 20;
const SELDOM = 40;

function pickOrganization(index: number, rows: number): string {
  if (index % SELDOM === SELDOM - 1) return organizationId(1 + ((index * 7_919) % rows));

  return organizationId(1 + Math.floor((index % BUSY) * (rows / BUSY)));
}

function pickType(index: number): string {
  return TYPES[Math.floor(index / BUSY) % TYPES.length] ?? "ai";
}

/** @param type the credit type of the call whose plans are read */
export function benchCall(name: string, sql: (id: string, type: string) => string, type = "ai"): BenchCall {
  return {
    name,
    sql: sql(organizationId(1), type),
    workload: (index, rows) => sql(pickOrganization(index, rows), pickType(index)),
  };
}

/** Consumes one credit. */
export const consumeCall = benchCall(
  "consume_specific_credits",
  (id, type) => `SELECT consume_specific_credits('${id}', '${type}', 1, 'Performance test')`,
  "whatsapp",
);

/** The statements that do the work of a consumption without checking anything. */
export function consumeReference(index: number, rows: number): string {
  const [id, type] = [pickOrganization(index, rows), pickType(index)];

  return `UPDATE organizations SET ${type}_used_credits = ${type}_used_credits + 1, updated_at = NOW() WHERE id = '${id}';
INSERT INTO credit_actions (organization_id, action_type, credits_consumed, description, created_at)
VALUES ('${id}', '${type}_consumption', 1, 'Performance test', NOW())`;
}
