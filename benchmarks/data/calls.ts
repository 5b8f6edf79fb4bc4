/**
 * Calls of the release's functions as an application makes them: most on a few busy organizations, one in forty on
 * another. The same index gives the same call on every run.
 */
import type { BenchCall } from "../../harness/bench/gate.ts";
import { organizationId } from "./organizations.ts";

const TYPES = ["ai", "whatsapp", "email", "sms"] as const;
const BUSY = 20;
const SELDOM = 40;

export function pickOrganization(index: number, rows: number): string {
  if (index % SELDOM === SELDOM - 1) return organizationId(1 + ((index * 7_919) % rows));

  return organizationId(1 + Math.floor((index % BUSY) * (rows / BUSY)));
}

export function pickType(index: number): string {
  return TYPES[Math.floor(index / BUSY) % TYPES.length] ?? "ai";
}

/** Consumes one credit. */
export const consumeCall: BenchCall = {
  name: "consume_specific_credits",
  sql: `SELECT consume_specific_credits('${organizationId(1)}', 'whatsapp', 1, 'Performance test')`,
  workload: (index, rows) =>
    `SELECT consume_specific_credits('${pickOrganization(index, rows)}', '${pickType(index)}', 1, 'Performance test')`,
};

/** The statements that do the work of a consumption without checking anything. */
export function consumeReference(index: number, rows: number): string {
  const [id, type] = [pickOrganization(index, rows), pickType(index)];

  return `UPDATE organizations SET ${type}_used_credits = ${type}_used_credits + 1, updated_at = NOW() WHERE id = '${id}';
INSERT INTO credit_actions (organization_id, action_type, credits_consumed, description, created_at)
VALUES ('${id}', '${type}_consumption', 1, 'Performance test', NOW())`;
}
