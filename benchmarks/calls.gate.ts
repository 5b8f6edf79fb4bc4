/**
 * P2: the three functions, and a consumption that must be refused. A table that is scanned inside a function is found by
 * the plans of its statements.
 */
import { type BenchCall, gate } from "../harness/bench/gate.ts";
import { benchCall, consumeCall, consumeReference } from "./data/calls.ts";
import { usualVolume } from "./data/organizations.ts";

const byKey = { data: usualVolume, plan: { uses: ["organizations_pkey"], never: ["Seq Scan"] } };
const measure = (call: BenchCall) => ({ kind: "call", select: () => [call] }) as const;

export const consumeGate = gate("P2-consume", "a consumption costs the same at every size", {
  ...byKey,
  measure: measure(consumeCall),
  reference: { sql: consumeReference, rows: 10_000 },
  summary: {
    "WAL per consumption": "walBytes",
    "heap-only updates": "hotShare",
    "index entries per consumption": "indexWrites",
  },
});

const refusedCall = benchCall(
  "consume_specific_credits, refused",
  (id, type) => `SELECT consume_specific_credits('${id}', '${type}', 999999, 'Performance test')`,
);

export const refuseGate = gate("P2-refuse", "a refused consumption costs the same at every size, and logs nothing", {
  data: usualVolume,
  measure: measure({ ...refusedCall, refused: true }),
});

export const availableGate = gate("P2-available", "reading the available credits costs the same at every size", {
  ...byKey,
  measure: measure(
    benchCall("get_available_credits", (id, type) => `SELECT get_available_credits('${id}', '${type}')`),
  ),
});

export const allocateGate = gate("P2-allocate", "an allocation costs the same at every size", {
  ...byKey,
  measure: measure(benchCall("allocate_plan_credits", (id) => `SELECT allocate_plan_credits('${id}', 'enterprise')`)),
});
