/**
 * P7: the queries by which an operator decides whether to go on: what they touch grows with the tables and no faster.
 */
import { gate, listQueries } from "../harness/bench/gate.ts";
import { organizationVolume, USUAL_SIZES } from "./data/organizations.ts";

const data = organizationVolume({ rows: USUAL_SIZES });

export const analyseQueriesGate = gate(
  "P7-analyse-queries",
  "what the analysis touches grows at most linearly with the tables",
  {
    data,
    state: "baseline",
    measure: { kind: "queries", select: ({ lists }) => listQueries(lists.analyse) },
  },
);

export const verifyQueriesGate = gate(
  "P7-verify-queries",
  "what the verification touches grows at most linearly with the tables",
  {
    data,
    measure: { kind: "queries", select: ({ lists }) => listQueries(lists.verify) },
  },
);

export const rollbackQueriesGate = gate(
  "P7-rollback-queries",
  "what verifying a rollback touches grows at most linearly with the tables",
  {
    data: organizationVolume({ rows: [1_000, 3_000, 10_000] }),
    state: "controlled",
    measure: { kind: "queries", select: ({ lists }) => listQueries(lists.verifyRollback) },
  },
);
