/**
 * P7: the queries by which a person decides whether to go on, each by itself: what they touch grows with the tables and
 * no faster.
 */
import { gate, queriesOf } from "../harness/bench/gate.ts";
import { organizations, USUAL_SIZES } from "./data/organizations.ts";

const data = organizations({ rows: USUAL_SIZES });

export const inventory = gate(
  "P7-analyse-queries",
  "what the analysis touches grows with the tables at most",
  {
    data,
    state: "baseline",
    measure: { kind: "queries", of: ({ analyse }) => queriesOf(analyse) },
  },
);

export const checks = gate(
  "P7-verify-queries",
  "what the verification touches grows with the tables at most",
  {
    data,
    measure: { kind: "queries", of: ({ verify }) => queriesOf(verify) },
  },
);

export const afterwards = gate(
  "P7-rollback-queries",
  "what verifying a rollback touches grows with the tables at most",
  {
    data: organizations({ rows: [1_000, 3_000, 10_000] }),
    state: "controlled",
    measure: { kind: "queries", of: ({ verifyRollback }) => queriesOf(verifyRollback) },
  },
);
