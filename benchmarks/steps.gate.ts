/**
 * P4 and P7: the steps as they are run, measured from outside. The data migration has sizes of its own, because the
 * published one sleeps for a tenth of a second per hundred organizations.
 */
import { gate } from "../harness/bench/gate.ts";
import type { Release, Step } from "../harness/release/release.ts";
import { allocateAll } from "./data/allocation.ts";
import { smallVolume, usualVolume } from "./data/organizations.ts";

const measureSteps = (name: string, select: (lists: Release["lists"]) => readonly Step[] | undefined) =>
  ({
    kind: "step-sequence",
    select: ({ lists }: Release) => {
      const steps = select(lists) ?? [];

      return steps.length === 0 ? [] : [{ name, steps }];
    },
  }) as const;

const dataMigration = {
  data: smallVolume,
  state: "schema",
  measure: measureSteps("data migration", ({ migrate }) => migrate.slice(-1)),
} as const;

export const dataMigrationGate = gate(
  "P4-data-migration",
  "the data migration grows linearly with the organizations and never sleeps",
  {
    ...dataMigration,
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

export const dataMigrationWindowGate = gate(
  "P7-data-migration",
  "migrating a million organizations fits its 45 minutes",
  dataMigration,
);

export const analyseGate = gate("P7-analyse", "analysing a million organizations fits its 5 minutes", {
  data: usualVolume,
  state: "baseline",
  measure: measureSteps("analyse", ({ analyse }) => analyse),
});

export const schemaGate = gate("P7-schema", "changing the schema of a million organizations fits its 25 minutes", {
  data: usualVolume,
  state: "baseline",
  measure: measureSteps("schema", ({ migrate }) => migrate.slice(0, -1)),
  summary: { "schema steps": "time", "schema steps, writers blocked": "writersBlocked" },
});

export const verifyGate = gate("P7-verify", "verifying a million organizations fits its 15 minutes", {
  data: usualVolume,
  measure: measureSteps("verify", ({ verify }) => verify),
});

export const emergencyGate = gate("P7-emergency", "the emergency rollback grows at most with the organizations", {
  data: usualVolume,
  measure: measureSteps("emergency", (lists) => lists["rollback.emergency"]),
  summary: { "emergency rollback": "time" },
});

export const controlledGate = gate("P7-controlled", "the controlled rollback grows at most with the organizations", {
  data: usualVolume,
  measure: measureSteps("controlled", (lists) => lists["rollback.controlled"]),
  summary: { "controlled rollback": "time" },
});
