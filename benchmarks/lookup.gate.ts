/**
 * P1 and P3: the two queries of step 4.2, taken from the release's own file. The first looks one organization up, the
 * last sums over all of them.
 */
import { gate, queriesOf } from "../harness/bench/gate.ts";
import { organizations, USUAL_SIZES } from "./data/organizations.ts";

export const lookup = gate("P1-lookup", "looking one organization up costs the same at every size", {
  data: organizations({ rows: USUAL_SIZES }),
  measure: { kind: "queries", of: ({ exercise }) => queriesOf(exercise, "explained").slice(0, 1) },
  plan: { uses: ["organizations_pkey"], never: ["Seq Scan"] },
});

export const bulk = gate("P3-bulk", "the bulk query reads each page of the table once and spills nothing", {
  data: organizations({ rows: USUAL_SIZES }),
  measure: { kind: "queries", of: ({ exercise }) => queriesOf(exercise, "explained").slice(1) },
});
