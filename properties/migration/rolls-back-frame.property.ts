/** Rule `rolls-back.5`: what the statements of a rollback do not name stays as it was. */
import { terminateStatement, toScriptParts } from "../../harness/release/script-part.ts";
import type { Finding } from "./finding.ts";
import * as keeps from "./keeps.property.ts";
import { findDamage } from "./model/kept-rows.ts";
import type { MigrationObservation } from "./observation.ts";
import { type RollbackRun, runRollbacks } from "./rollback-runs.ts";
import { RollbackWorld } from "./rollback-world.ts";
import { type MigrationRule, rule } from "./rule.ts";
import type { MigrationWorld } from "./world.ts";

/** Where all is restored, only rows are left to judge: rolls-back.1 compares the schema. */
const ROW_RULES: readonly MigrationRule[] = [keeps.keepsRows, keeps.keepsCells, keeps.keepsValues];

const AUDITED = `CREATE TABLE notes (id int PRIMARY KEY, body text NOT NULL);
CREATE TABLE audit (body text);
CREATE FUNCTION log_change() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN INSERT INTO audit VALUES (OLD.body); RETURN NULL; END $$;
CREATE TRIGGER log_change AFTER UPDATE ON notes FOR EACH ROW EXECUTE FUNCTION log_change();`;

export const rollbackNamesChanges = rule("rolls-back.5", "the rollback changes what it names only", {
  async holds(observation, world) {
    const findings: Finding[] = [];
    for (const run of await runRollbacks(world, observation)) {
      if (run.failure !== undefined) continue;
      findings.push(...(await judgeFrame(run, observation, world)));
    }

    return findings;
  },
  isOfRollbacks: true,
  isOfSchema: true,
  bad: {
    before: AUDITED,
    up: "ALTER TABLE notes ADD label text NOT NULL DEFAULT '';",
    down: "UPDATE notes SET body = label || body; ALTER TABLE notes DROP label;",
  },
  good: {
    before: AUDITED,
    up: "ALTER TABLE notes ADD label text NOT NULL DEFAULT '';",
    down: "UPDATE notes SET body = label || body WHERE label <> ''; ALTER TABLE notes DROP label;",
  },
});

async function judgeFrame(
  run: RollbackRun,
  { before, after }: MigrationObservation,
  world: MigrationWorld,
): Promise<readonly Finding[]> {
  const { restored } = run;
  const { restores } = run.rollback;
  const down = new RollbackWorld(world, run);
  const findings: Finding[] = [];
  for (const keep of restores ? ROW_RULES : Object.values(keeps)) findings.push(...(await keep.find(down)));
  // What is as it was before the migration is restored; what the migration left alone is for rolls-back.2.
  const lost = new Set(findDamage(before, before, restored).map(({ subject }) => subject));
  const reported = new Set(findDamage(before, after, restored).map(({ subject }) => subject));

  return findings
    .filter(({ kind, subject }) => !restores || kind === "row-appeared" || lost.has(subject))
    .filter(({ subject }) => !restores || !reported.has(subject))
    .map((finding) => withRollback(finding, run, world));
}

/** The script of a rule shows what it found after the migration: here, after the migration and the rollback. */
function withRollback(finding: Finding, { rollback }: RollbackRun, { release }: MigrationWorld): Finding {
  const { show, failed: _, ...common } = finding;
  const applied = [...toScriptParts(release.lists.migrate), ...toScriptParts(rollback.steps)];

  return {
    ...common,
    parts: [
      ...applied,
      ...(show === undefined ? [] : [{ title: "reproduces the violation", sql: terminateStatement(show) }]),
    ],
  };
}
