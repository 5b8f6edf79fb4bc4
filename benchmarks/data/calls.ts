/**
 * Calls of the document's functions as an application makes them: most on organizations that are in use again and again,
 * one in forty on another. The same index is the same call on every run.
 */
import type { Call } from "../../harness/bench/gate.ts";
import { idOf } from "./organizations.ts";

const TYPES = ["ai", "whatsapp", "email", "sms"] as const;
const BUSY = 20;
const SELDOM = 40;

/** The organization that the call of this index is about. */
export function organizationOf(index: number, rows: number): string {
  if (index % SELDOM === SELDOM - 1) return idOf(1 + ((index * 7_919) % rows));

  return idOf(1 + Math.floor((index % BUSY) * (rows / BUSY)));
}

export function typeOf(index: number): string {
  return TYPES[Math.floor(index / BUSY) % TYPES.length] ?? "ai";
}

/** One consumption of one credit. */
export const consumption: Call = {
  name: "consume_specific_credits",
  sql: `SELECT consume_specific_credits('${idOf(1)}', 'whatsapp', 1, 'Performance test')`,
  use: (index, rows) =>
    `SELECT consume_specific_credits('${organizationOf(index, rows)}', '${typeOf(index)}', 1, 'Performance test')`,
};

/** The statements that do the work of a consumption without looking at anything. */
export function plainConsumption(index: number, rows: number): string {
  const [id, type] = [organizationOf(index, rows), typeOf(index)];

  return `UPDATE organizations SET ${type}_used_credits = ${type}_used_credits + 1, updated_at = NOW() WHERE id = '${id}';
INSERT INTO credit_actions (organization_id, action_type, credits_consumed, description, created_at)
VALUES ('${id}', '${type}_consumption', 1, 'Performance test', NOW())`;
}
