/** Rules `completes`: a migration does all that its statements say. */
import type { Snapshot } from "../../harness/catalog/snapshot.ts";
import { loadParser } from "../../harness/release/parser.ts";
import type { Statement, Step } from "../../harness/release/release.ts";
import { toScriptParts } from "../../harness/release/script-part.ts";
import type { Finding } from "./finding.ts";
import { quoteName } from "./model/names.ts";
import { differenceDetails } from "./model/rollback-script.ts";
import { findUnset, type Unset, type UpdateEffect } from "./model/update-effects.ts";
import type { MigrationObservation } from "./observation.ts";
import { becomeOwner, type OwnerRole } from "./owner-role.ts";
import { compareWithUsual, listSplitSteps, runAgain } from "./re-runs.ts";
import { readNamedBodies } from "./read-code.ts";
import { rule } from "./rule.ts";
import { observeTaken } from "./taken-rows.ts";
import { BodyWatch, prepareLooks } from "./watched-bodies.ts";
import { listUpdates, watchUpdates } from "./watched-updates.ts";
import type { MigrationWorld } from "./world.ts";

const SEALED = `CREATE TABLE invoices (id int PRIMARY KEY, total int NOT NULL, is_sealed boolean NOT NULL DEFAULT true);
CREATE FUNCTION keep_sealed() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN RETURN CASE WHEN OLD.is_sealed THEN NULL ELSE NEW END; END $$;
CREATE TRIGGER keep_sealed BEFORE UPDATE ON invoices FOR EACH ROW EXECUTE FUNCTION keep_sealed();`;

export const updatesStand = rule("completes.1", "what an UPDATE sets stands in each row that its WHERE takes", {
  async holds(observed, world) {
    const { updates, others } = await listUpdates(world);
    for (const { step, statement, why } of others) noteUnseen(world, step, statement, why);
    const hasBodies = mayUpdateInside(observed, world);
    if (updates.length === 0 && !hasBodies) return [];
    const observation = await observeTaken(world, observed);
    const isForced = [observation.before, observation.after].some(forcesRowSecurity);

    return await world.withDatabase(observation.rows, async (db) => {
      if (hasBodies) await prepareLooks(db.session);
      const role = isForced ? await becomeOwner(db) : undefined;
      const bodies = new BodyWatch(db.session, await loadParser(), role === undefined);
      const { effects } = await watchUpdates(db, world, updates, hasBodies ? bodies : undefined);
      for (const { step, statement } of updates) {
        if (effects.some((effect) => effect.statement === statement)) continue;
        noteUnseen(world, step, statement, "what it sets could not be read before it");
      }

      return effects.flatMap((effect) =>
        findUnset(effect).map((unset) => ({ ...describeUnset(effect, unset, role, world), rows: observation.rows })),
      );
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

/** Whether an UPDATE may be in a DO block, or in a function that is called. */
function mayUpdateInside(observation: MigrationObservation, world: MigrationWorld): boolean {
  const blocks = world.release.lists.migrate.flatMap(({ statements }) =>
    statements.flatMap(({ node, text }) => (node === "DoStmt" ? [text] : [])),
  );

  return [...blocks, ...readNamedBodies(observation, world)].some((text) => /\bUPDATE\b/i.test(text));
}

function noteUnseen(world: MigrationWorld, step: Step, { line }: Statement, why: string): void {
  const text = `this UPDATE was not compared with what it is to set: ${why}`;
  world.note({ rule: "completes.1", subject: `${step.path}, line ${line}`, text });
}

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
    async holds(observed, world) {
      const steps = listSplitSteps(world.release);
      if (steps.length === 0) return [];
      const observation = await observeTaken(world, observed);
      const findings: Finding[] = [];
      for (const step of steps) {
        const last = step.statements.findLast(({ kind }) => kind === "sql");
        if (last === undefined) continue;
        const stop = { step, statement: last, count: step.statements.length };
        const rerun = await runAgain(world, observation.rows, stop);
        // That it fails the second time is usual.
        if (rerun === undefined || rerun.failure !== undefined) continue;
        for (const { subject, differences } of await compareWithUsual(world, observation, rerun.final)) {
          findings.push({
            ...{ kind: "second-run-changes", subject, answer: "error", rows: observation.rows },
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
