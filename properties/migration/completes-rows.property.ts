/** Rules `completes` about single rows: those behind a gap, and those that another session holds. */
import { toScriptParts } from "../../harness/release/script-part.ts";
import {
  type ChangedRow,
  followCopies,
  listChangedRows,
  observeChanges,
  type Treatment,
  type Treatments,
} from "./far-rows.ts";
import type { Finding } from "./finding.ts";
import { formatHold, migrateWhileHeld, toHolderPart } from "./held-row.ts";
import { formatTable } from "./model/matched-tables.ts";
import { quoteName } from "./model/names.ts";
import { differenceDetails } from "./model/rollback-script.ts";
import { compareStates, type StateDifference } from "./model/state-differences.ts";
import type { MigrationObservation } from "./observation.ts";
import { repeat } from "./other-runs.ts";
import { readCode } from "./read-code.ts";
import { dropFollowers } from "./read-targets.ts";
import { rule } from "./rule.ts";
import type { MigrationWorld } from "./world.ts";

const ITEMS = "CREATE TABLE items (id int PRIMARY KEY, price int NOT NULL, label text);";

const LOOP = (step: string): string => `DO $$
DECLARE at int := (SELECT min(id) FROM items); n int;
BEGIN
  LOOP
    UPDATE items SET label = 'item ' || price WHERE id >= at AND id < at + 1000;
    GET DIAGNOSTICS n = ROW_COUNT;
    ${step}
  END LOOP;
END $$;`;

export const loopsReachAll = rule("completes.3", "a loop treats a row behind a gap like one next to the others", {
  async holds(observed, world) {
    if (!hasLoop(observed, world)) return [];
    const observation = await observeChanges(world, observed);
    const findings: Finding[] = [];
    for (const changed of pickFirsts(listChangedRows(observation))) {
      const treatments = await followCopies(world, observation, changed);
      if (treatments === undefined) {
        const text = "its rows could not be copied behind a gap: whether the loop reaches such rows was not tried";
        world.note({ rule: "completes.3", subject: formatTable(changed.table), text });
        continue;
      }
      const finding = describeTreatments(changed, treatments, world);
      if (finding !== undefined) findings.push({ ...finding, rows: observation.rows });
    }

    return findings;
  },
  bad: { before: ITEMS, up: LOOP("EXIT WHEN n = 0; at := at + 1000;") },
  good: { before: ITEMS, up: LOOP("at := at + 1000; EXIT WHEN at > (SELECT max(id) FROM items);") },
});

/** Also in what is called. */
function hasLoop(observation: MigrationObservation, world: MigrationWorld): boolean {
  return readCode(observation, world).some((text) => /\bLOOP\b/i.test(text));
}

/** One of each table. */
function pickFirsts(rows: readonly ChangedRow[]): readonly ChangedRow[] {
  return rows.filter(({ table }, at) => rows.findIndex((one) => one.table === table) === at);
}

function describeTreatments(
  { table }: ChangedRow,
  { near, far }: Treatments,
  { release }: MigrationWorld,
): Finding | undefined {
  if (JSON.stringify(near.changed) === JSON.stringify(far.changed)) return undefined;
  const subject = formatTable(table);
  const describe = ({ key, changed }: Treatment): string =>
    `${key} ${changed === undefined ? "is deleted" : changed.length === 0 ? "is left as it was" : `has another ${changed.join(", ")}`}`;
  const name = quoteName(table.columns.find(({ number }) => number === table.key[0])?.name ?? "");

  return {
    kind: "far-row-differs",
    subject,
    answer: "error",
    expected: `a copy of a row of ${subject} is changed alike wherever its key is`,
    got: `the copy ${describe(near)}, and the same copy ${describe(far)}`,
    parts: [
      far.part,
      ...toScriptParts(release.lists.migrate),
      { title: "reproduces the violation", sql: `SELECT * FROM ${subject} WHERE ${name} = ${far.key};` },
    ],
    evidence: { shows: "rows" },
    hint: "Let the loop end at the greatest key, and not at the first batch without a row",
  };
}

const QUEUE = "CREATE TABLE tasks (id int PRIMARY KEY, owner text NOT NULL DEFAULT '');";

export const waitsForRows = rule(
  "completes.4",
  "a row that another session holds for a moment is changed all the same",
  {
    async holds(observed, world) {
      // Other statements wait for the row, and change it then (PostgreSQL manual, 13.2.1 Read Committed Isolation Level).
      if (!readCode(observed, world).some((text) => SKIPS.test(text))) return [];
      const observation = await observeChanges(world, observed);
      const findings: Finding[] = [];
      for (const changed of pickFirsts(listChangedRows(observation).toReversed())) {
        const { final, failure } = await migrateWhileHeld(world, observation, changed);
        // A refusal to wait is seen when the migration runs.
        if (failure !== undefined || compareStates(observation.after, final, observation.after).length === 0) continue;
        const twin = await repeat(world, observation);
        const found = await dropFollowers(world, observation, compareStates(observation.after, final, twin));
        for (const { subject, differences } of found) {
          findings.push({ ...describeHeld(changed, subject, differences, world), rows: observation.rows });
        }
      }

      return findings;
    },
    bad: {
      before: QUEUE,
      up: `UPDATE tasks SET owner = 'none'
WHERE id IN (SELECT id FROM tasks WHERE owner = '' FOR UPDATE SKIP LOCKED);`,
    },
    good: {
      before: QUEUE,
      up: "UPDATE tasks SET owner = 'none'\nWHERE id IN (SELECT id FROM tasks WHERE owner = '' FOR UPDATE);",
    },
  },
);

/** Without these nothing passes a row that is locked. */
const SKIPS = /\bSKIP\s+LOCKED\b|\bNOWAIT\b|\block_timeout\b|\block_not_available\b/i;

function describeHeld(
  changed: ChangedRow,
  subject: string,
  differences: StateDifference["differences"],
  { release }: MigrationWorld,
): Finding {
  const held = formatHold(changed);

  return {
    ...{ kind: "held-row-left", subject, answer: "error" },
    ...differenceDetails([toHolderPart(changed), release.lists.migrate], differences),
    expected: `the migration leaves the same while another session holds a row for a moment (${held} FOR UPDATE)`,
    hint: "Take the rows that were skipped once more until none is left, or wait for them",
  };
}
