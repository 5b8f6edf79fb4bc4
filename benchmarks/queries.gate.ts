/**
 * P1 and P3: the two queries of step 4.2, from the release's own file. The first looks one organization up, the last sums
 * over all of them. P7: the queries by which an operator decides whether to go on: what they touch grows with the tables
 * and no faster.
 */
import { gate, listQueries } from "../harness/bench/gate.ts";
import { smallVolume, usualVolume } from "./data/organizations.ts";

export const lookupGate = gate("P1-lookup", "looking one organization up costs the same at every size", {
  data: usualVolume,
  measure: { kind: "queries", select: ({ lists }) => listQueries(lists.exercise, "explained").slice(0, 1) },
  plan: { uses: ["organizations_pkey"], never: ["Seq Scan"] },
});

export const bulkGate = gate("P3-bulk", "the bulk query reads each page of the table once and spills nothing", {
  data: usualVolume,
  measure: { kind: "queries", select: ({ lists }) => listQueries(lists.exercise, "explained").slice(1) },
});

const growthTitle = (subject: string) => `what ${subject} touches grows at most linearly with the tables`;

export const analyseQueriesGate = gate("P7-analyse-queries", growthTitle("the analysis"), {
  data: usualVolume,
  state: "baseline",
  measure: { kind: "queries", select: ({ lists }) => listQueries(lists.analyse) },
});

export const verifyQueriesGate = gate("P7-verify-queries", growthTitle("the verification"), {
  data: usualVolume,
  measure: { kind: "queries", select: ({ lists }) => listQueries(lists.verify) },
});

export const rollbackQueriesGate = gate("P7-rollback-queries", growthTitle("verifying a rollback"), {
  data: smallVolume,
  state: "controlled",
  measure: { kind: "queries", select: ({ lists }) => listQueries(lists.verifyRollback) },
});
