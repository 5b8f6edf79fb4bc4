/**
 * P2: the three functions, and a consumption that must be refused. A table that is scanned inside a function is found by
 * the plans of its statements.
 */
import { gate } from "../harness/bench/gate.ts";
import { consumeCall, consumeReference, pickOrganization, pickType } from "./data/calls.ts";
import { organizationId, organizationVolume, USUAL_SIZES } from "./data/organizations.ts";

const data = organizationVolume({ rows: USUAL_SIZES });
const plan = { uses: ["organizations_pkey"], never: ["Seq Scan"] };

export const consumeGate = gate("P2-consume", "a consumption costs the same at every size", {
  data,
  measure: { kind: "call", select: () => [consumeCall] },
  plan,
  reference: { sql: consumeReference, rows: 10_000 },
  summary: {
    "WAL per consumption": "walBytes",
    "heap-only updates": "hotShare",
    "index entries per consumption": "indexWrites",
  },
});

export const refuseGate = gate("P2-refuse", "a refused consumption costs the same at every size, and logs nothing", {
  data,
  measure: {
    kind: "call",
    select: () => [
      {
        name: "consume_specific_credits, refused",
        sql: `SELECT consume_specific_credits('${organizationId(1)}', 'ai', 999999, 'Performance test')`,
        workload: (index, rows) =>
          `SELECT consume_specific_credits('${pickOrganization(index, rows)}', '${pickType(index)}', 999999, 'Performance test')`,
        refused: true,
      },
    ],
  },
});

export const availableGate = gate("P2-available", "reading the available credits costs the same at every size", {
  data,
  measure: {
    kind: "call",
    select: () => [
      {
        name: "get_available_credits",
        sql: `SELECT get_available_credits('${organizationId(1)}', 'ai')`,
        workload: (index, rows) =>
          `SELECT get_available_credits('${pickOrganization(index, rows)}', '${pickType(index)}')`,
      },
    ],
  },
  plan,
});

export const allocateGate = gate("P2-allocate", "an allocation costs the same at every size", {
  data,
  measure: {
    kind: "call",
    select: () => [
      {
        name: "allocate_plan_credits",
        sql: `SELECT allocate_plan_credits('${organizationId(1)}', 'enterprise')`,
        workload: (index, rows) => `SELECT allocate_plan_credits('${pickOrganization(index, rows)}', 'enterprise')`,
      },
    ],
  },
  plan,
});
