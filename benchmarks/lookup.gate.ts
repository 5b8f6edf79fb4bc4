/**
 * P1 and P3: the two queries of step 4.2, from the release's own file. The first looks one organization up, the last
 * sums over all of them.
 */
import { gate, listQueries } from "../harness/bench/gate.ts";
import { organizationVolume, USUAL_SIZES } from "./data/organizations.ts";

const data = organizationVolume({ rows: USUAL_SIZES });

export const lookupGate = gate("P1-lookup", "looking one organization up costs the same at every size", {
  data,
  measure: { kind: "queries", select: ({ lists }) => listQueries(lists.exercise, "explained").slice(0, 1) },
  plan: { uses: ["organizations_pkey"], never: ["Seq Scan"] },
});

export const bulkGate = gate("P3-bulk", "the bulk query reads each page of the table once and spills nothing", {
  data,
  measure: { kind: "queries", select: ({ lists }) => listQueries(lists.exercise, "explained").slice(1) },
});
