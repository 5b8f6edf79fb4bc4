/**
 * P4 and P7: the steps as they are run, measured from outside. The data migration has sizes of its own, since that of
 * the document sleeps for a tenth of a second per hundred organizations.
 */
import { gate, type Passage } from "../harness/bench/gate.ts";
import type { Release, Step } from "../harness/release/release.ts";
import { allocateAll } from "./data/allocation.ts";
import { organizations, USUAL_SIZES } from "./data/organizations.ts";

const data = organizations({ rows: USUAL_SIZES });
const migrating = organizations({ rows: [1_000, 3_000, 10_000] });

const passage = (name: string, steps: readonly Step[] = []): readonly Passage[] =>
  steps.length === 0 ? [] : [{ name, steps }];
const dataMigration = ({ migrate }: Release) => passage("data migration", migrate.slice(-1));

export const pace = gate(
  "P4-data-migration",
  "the data migration grows with the organizations and never sleeps",
  {
    data: migrating,
    state: "schema",
    measure: { kind: "passage", of: dataMigration },
    plain: { sql: () => allocateAll(), rows: 300 },
    glance: {
      "data migration": "time",
      "data migration, of one plain UPDATE": "ratio",
      "data migration, growth": "growth",
      "data migration, asleep": "asleep",
      "data migration, a writer is shut out": "shutOut",
    },
  },
);

export const analyse = gate("P7-analyse", "analysing a million organizations fits its 5 minutes", {
  data,
  state: "baseline",
  measure: { kind: "passage", of: (release) => passage("analyse", release.analyse) },
});

export const schema = gate(
  "P7-schema",
  "changing the schema of a million organizations fits its 25 minutes",
  {
    data,
    state: "baseline",
    measure: { kind: "passage", of: ({ migrate }) => passage("schema", migrate.slice(0, -1)) },
    glance: { "schema steps": "time", "schema steps, a writer is shut out": "shutOut" },
  },
);

export const dataWindow = gate("P7-data-migration", "migrating a million organizations fits its 45 minutes", {
  data: migrating,
  state: "schema",
  measure: { kind: "passage", of: dataMigration },
});

export const verification = gate("P7-verify", "verifying a million organizations fits its 15 minutes", {
  data,
  measure: { kind: "passage", of: (release) => passage("verify", release.verify) },
});

export const emergency = gate("P7-emergency", "the emergency rollback grows with the organizations at most", {
  data,
  measure: { kind: "passage", of: ({ rollback }) => passage("emergency", rollback?.emergency) },
  glance: { "emergency rollback": "time" },
});

export const controlled = gate(
  "P7-controlled",
  "the controlled rollback grows with the organizations at most",
  {
    data,
    measure: { kind: "passage", of: ({ rollback }) => passage("controlled", rollback?.controlled) },
    glance: { "controlled rollback": "time" },
  },
);
