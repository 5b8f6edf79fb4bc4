/**
 * P4 and P7: the steps as they are run, measured from outside. The data migration has sizes of its own, because the
 * published one sleeps for a tenth of a second per hundred organizations.
 */
import { gate, type StepSequence } from "../harness/bench/gate.ts";
import type { Release, Step } from "../harness/release/release.ts";
import { allocateAll } from "./data/allocation.ts";
import { organizationVolume, USUAL_SIZES } from "./data/organizations.ts";

const data = organizationVolume({ rows: USUAL_SIZES });
const migrationData = organizationVolume({ rows: [1_000, 3_000, 10_000] });

const sequence = (name: string, steps: readonly Step[] = []): readonly StepSequence[] =>
  steps.length === 0 ? [] : [{ name, steps }];
const dataMigration = ({ lists }: Release) => sequence("data migration", lists.migrate.slice(-1));

export const dataMigrationGate = gate(
  "P4-data-migration",
  "the data migration grows linearly with the organizations and never sleeps",
  {
    data: migrationData,
    state: "schema",
    measure: { kind: "step-sequence", select: dataMigration },
    reference: { sql: () => allocateAll(), rows: 300 },
    summary: {
      "data migration": "time",
      "data migration, of one UPDATE": "ratio",
      "data migration, scaling exponent": "growth",
      "data migration, time in pg_sleep": "sleepShare",
      "data migration, writers blocked": "writersBlocked",
    },
  },
);

export const analyseGate = gate("P7-analyse", "analysing a million organizations fits its 5 minutes", {
  data,
  state: "baseline",
  measure: { kind: "step-sequence", select: (release) => sequence("analyse", release.lists.analyse) },
});

export const schemaGate = gate("P7-schema", "changing the schema of a million organizations fits its 25 minutes", {
  data,
  state: "baseline",
  measure: { kind: "step-sequence", select: ({ lists }) => sequence("schema", lists.migrate.slice(0, -1)) },
  summary: { "schema steps": "time", "schema steps, writers blocked": "writersBlocked" },
});

export const dataMigrationWindowGate = gate(
  "P7-data-migration",
  "migrating a million organizations fits its 45 minutes",
  {
    data: migrationData,
    state: "schema",
    measure: { kind: "step-sequence", select: dataMigration },
  },
);

export const verifyGate = gate("P7-verify", "verifying a million organizations fits its 15 minutes", {
  data,
  measure: { kind: "step-sequence", select: (release) => sequence("verify", release.lists.verify) },
});

export const emergencyGate = gate("P7-emergency", "the emergency rollback grows at most with the organizations", {
  data,
  measure: {
    kind: "step-sequence",
    select: ({ lists }) => sequence("emergency", lists["rollback.emergency"]),
  },
  summary: { "emergency rollback": "time" },
});

export const controlledGate = gate("P7-controlled", "the controlled rollback grows at most with the organizations", {
  data,
  measure: {
    kind: "step-sequence",
    select: ({ lists }) => sequence("controlled", lists["rollback.controlled"]),
  },
  summary: { "controlled rollback": "time" },
});
