/**
 * P2: the three functions, and a consumption that is refused. A table that is scanned inside of a function is found by
 * the plans of its statements.
 */
import { gate } from "../harness/bench/gate.ts";
import { consumption, organizationOf, plainConsumption, typeOf } from "./data/calls.ts";
import { idOf, organizations, USUAL_SIZES } from "./data/organizations.ts";

const data = organizations({ rows: USUAL_SIZES });
const plan = { uses: ["organizations_pkey"], never: ["Seq Scan"] };

export const consume = gate("P2-consume", "a consumption costs the same at every size", {
  data,
  measure: { kind: "call", of: () => [consumption] },
  plan,
  plain: { sql: plainConsumption, rows: 10_000 },
  glance: {
    "WAL per consumption": "walBytes",
    "heap-only updates": "hotShare",
    "index entries per consumption": "indexWrites",
  },
});

export const refuse = gate(
  "P2-refuse",
  "a refused consumption costs the same at every size, and logs nothing",
  {
    data,
    measure: {
      kind: "call",
      of: () => [
        {
          name: "consume_specific_credits, refused",
          sql: `SELECT consume_specific_credits('${idOf(1)}', 'ai', 999999, 'Performance test')`,
          use: (index, rows) =>
            `SELECT consume_specific_credits('${organizationOf(index, rows)}', '${typeOf(index)}', 999999, 'Performance test')`,
          refused: true,
        },
      ],
    },
  },
);

export const available = gate("P2-available", "asking for what is left costs the same at every size", {
  data,
  measure: {
    kind: "call",
    of: () => [
      {
        name: "get_available_credits",
        sql: `SELECT get_available_credits('${idOf(1)}', 'ai')`,
        use: (index, rows) =>
          `SELECT get_available_credits('${organizationOf(index, rows)}', '${typeOf(index)}')`,
      },
    ],
  },
  plan,
});

export const allocate = gate("P2-allocate", "an allocation costs the same at every size", {
  data,
  measure: {
    kind: "call",
    of: () => [
      {
        name: "allocate_plan_credits",
        sql: `SELECT allocate_plan_credits('${idOf(1)}', 'enterprise')`,
        use: (index, rows) => `SELECT allocate_plan_credits('${organizationOf(index, rows)}', 'enterprise')`,
      },
    ],
  },
  plan,
});
