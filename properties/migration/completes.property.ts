/** Rules `completes`: a migration does all that its statements say. */
import type { Snapshot } from "../../harness/catalog/snapshot.ts";
import { toScriptParts } from "../../harness/release/script-part.ts";
import { listBodies } from "../../harness/release/targets/targets.ts";
import {
  type ChangedRow,
  followCopies,
  listChangedRows,
  observeChanges,
  type Treatment,
  type Treatments,
} from "./far-rows.ts";
import type { Finding } from "./finding.ts";
import { formatHold, migrateWhileHeld } from "./held-row.ts";
import { formatTable } from "./model/matched-tables.ts";
import { quoteName } from "./model/names.ts";
import { differenceDetails } from "./model/rollback-script.ts";
import { compareStates, type StateDifference } from "./model/state-differences.ts";
import { findUnset, type Unset, type UpdateEffect } from "./model/update-effects.ts";
import type { MigrationObservation } from "./observation.ts";
import { repeat } from "./other-runs.ts";
import { becomeOwner, type OwnerRole } from "./owner-role.ts";
import { compareWithUsual, listSplitSteps, runAgain } from "./re-runs.ts";
import { rule } from "./rule.ts";
import { listUpdates, watchUpdates } from "./watched-updates.ts";
import type { MigrationWorld } from "./world.ts";

const SEALED = `CREATE TABLE invoices (id int PRIMARY KEY, total int NOT NULL, is_sealed boolean NOT NULL DEFAULT true);
CREATE FUNCTION keep_sealed() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN RETURN CASE WHEN OLD.is_sealed THEN NULL ELSE NEW END; END $$;
CREATE TRIGGER keep_sealed BEFORE UPDATE ON invoices FOR EACH ROW EXECUTE FUNCTION keep_sealed();`;

export const updatesStand = rule("completes.1", "what an UPDATE sets stands in each row that its WHERE takes", {
  async holds(observation, world) {
    const updates = await listUpdates(world);
    if (updates.length === 0) return [];
    const isForced = [observation.before, observation.after].some(forcesRowSecurity);

    return await world.withDatabase(observation.rows, async (db) => {
      const role = isForced ? await becomeOwner(db) : undefined;
      const { effects } = await watchUpdates(db, world, updates);

      return effects.flatMap((effect) => findUnset(effect).map((unset) => describeUnset(effect, unset, role, world)));
    });
  },
  bad: { before: SEALED, up: "ALTER TABLE invoices ADD tax int;\nUPDATE invoices SET tax = total / 5;" },
  good: {
    before: SEALED,
    up: `ALTER TABLE invoices ADD tax int;
ALTER TABLE invoices DISABLE TRIGGER keep_sealed;
UPDATE invoices SET tax = total / 5;
ALTER TABLE invoices ENABLE TRIGGER keep_sealed;`,
  },
});

/** Owners are bound by the policies of such tables, superusers are not (PostgreSQL manual, 5.9 Row Security Policies). */
function forcesRowSecurity({ catalog }: Snapshot): boolean {
  return [...catalog.values()].some((properties) => properties["forced row security"] === "true");
}

function describeUnset(
  { table, key, step, statement }: UpdateEffect,
  unset: Unset,
  role: OwnerRole | undefined,
  { release }: MigrationWorld,
): Finding {
  const column = quoteName(unset.column);
  const where = key.map((name, at) => `${quoteName(name)} = '${unset.key[at]?.replaceAll("'", "''")}'`).join(" AND ");
  const row = where === "" ? `no row of ${table}` : `row ${table} (${where.replaceAll("'", "")})`;
  const place = `${step.path}, line ${statement.line}`;
  const query = `SELECT ${[...key.map(quoteName), column].join(", ")} FROM ${table}${where === "" ? "" : ` WHERE ${where}`}`;
  const format = (value: string | null | undefined): string => (value === null ? "NULL" : `${value}`);
  const by = role === undefined ? "" : `, run by ${role.name},`;
  const found =
    where === ""
      ? `${row} has ${column} ${format(unset.was)}`
      : `${row} ${unset.is === undefined ? "is gone" : `has ${column} ${format(unset.is)} instead of ${format(unset.was)}`}`;

  return {
    kind: "update-swallowed",
    subject: `${table}.${column}`,
    answer: "error",
    expected: `${place}${by} sets ${column} in each row that its WHERE takes`,
    got: `after ${place} ${found}${unset.count > 1 ? `, and ${unset.count - 1} more` : ""}`,
    parts: [
      ...(role === undefined ? [] : [role.opening]),
      ...toScriptParts(release.lists.migrate),
      ...(role === undefined ? [] : [role.closing]),
      { title: "reproduces the violation", sql: `${query};` },
    ],
    evidence:
      unset.is === undefined
        ? { shows: "rows", count: 0 }
        : { shows: "text", present: key.flatMap((_, at) => unset.key[at] ?? []).concat(unset.is ?? "NULL") },
    hint:
      role === undefined
        ? "Find the trigger, rule or policy that keeps the rows from being updated, and disable it for the statement"
        : "Lift FORCE ROW LEVEL SECURITY within the transaction, or name the tenants, and check that no row is left",
  };
}

const ITEMS = "CREATE TABLE items (id int PRIMARY KEY, price int NOT NULL, label text);";

export const runsAgain = rule(
  "completes.2",
  "a file that is not one transaction changes nothing when it is run again",
  {
    async holds(observation, world) {
      const findings: Finding[] = [];
      for (const step of listSplitSteps(world.release)) {
        const last = step.statements.findLast(({ kind }) => kind === "sql");
        if (last === undefined) continue;
        const stop = { step, statement: last, count: step.statements.length };
        const rerun = await runAgain(world, observation.rows, stop);
        // That it fails the second time is usual.
        if (rerun === undefined || rerun.failure !== undefined) continue;
        for (const { subject, differences } of await compareWithUsual(world, observation, rerun.final)) {
          findings.push({
            ...{ kind: "second-run-changes", subject, answer: "error" },
            expected: `run again after it has ended, ${step.path} changes nothing`,
            ...differenceDetails(rerun.parts, differences),
            hint: "Let each statement take only what is still to be done: WHERE … IS NULL, ON CONFLICT DO NOTHING",
          });
        }
      }

      return findings;
    },
    bad: {
      before: ITEMS,
      up: "UPDATE items SET price = price * 100;\nALTER TABLE items ADD IF NOT EXISTS currency text DEFAULT 'EUR';",
    },
    good: {
      before: ITEMS,
      up: `ALTER TABLE items ADD IF NOT EXISTS cents int;
UPDATE items SET cents = price * 100 WHERE cents IS NULL;`,
    },
  },
);

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
      const finding = treatments && describeTreatments(changed, treatments, world);
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

/** The migration, and the functions that it names. */
function readCode({ before, after }: MigrationObservation, { release }: MigrationWorld): readonly string[] {
  const sources = release.lists.migrate.map(({ source }) => source);
  const bodies = [before, after].flatMap(({ catalog }) => [...listBodies(catalog)]);

  return [
    ...sources,
    ...bodies.flatMap(([name, texts]) => (sources.some((source) => source.includes(name)) ? texts : [])),
  ];
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
        for (const { subject, differences } of compareStates(observation.after, final, twin)) {
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
  const holder = {
    title: "in another session; COMMIT when the migration has ended or waits",
    sql: `-- BEGIN; ${held} FOR UPDATE;`,
  };
  const { got, parts } = differenceDetails([holder, release.lists.migrate], differences);

  return {
    ...{ kind: "held-row-left", subject, answer: "error", got, ...(parts && { parts }) },
    expected: `the migration leaves the same while another session holds a row for a moment (${held} FOR UPDATE)`,
    hint: "Take the rows that were skipped once more until none is left, or wait for them",
  };
}
