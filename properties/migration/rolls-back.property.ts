/** Rules `rolls-back`: a rollback restores what was before the migration, and harms nothing that was left alone. */
import type { ClassifiedDifference } from "../../harness/catalog/classify-difference.ts";
import { describeDifferences } from "../../harness/catalog/difference.ts";
import type { Finding } from "./finding.ts";
import { findDamage } from "./model/kept-rows.ts";
import { describeRollback, differenceDetails } from "./model/rollback-script.ts";
import { isEqualSnapshot, RAISED } from "./model/snapshot-equality.ts";
import { keepStable } from "./model/stable-differences.ts";
import type { MigrationObservation } from "./observation.ts";
import { findSchemaDifferences, nameSubject, reportFailure, TOLERATED } from "./rollback-differences.ts";
import { isIdle, type RollbackRun, runRollback, runRollbacks } from "./rollback-runs.ts";
import { rule } from "./rule.ts";
import type { MigrationWorld } from "./world.ts";

export const restoresSchema = rule("rolls-back.1", "the rollback runs, and restores the schema", {
  async holds(observation, world) {
    const findings: Finding[] = findMissingDown(observation, world);
    for (const run of await runRollbacks(world, observation)) {
      if (run.rollback.restores) findings.push(...(await judgeSchema(run, observation, world)));
    }

    return findings;
  },
  isOfRollbacks: true,
  isOfSchema: true,
  bad: {
    before: "CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL);",
    up: "ALTER TABLE users ADD nick text; CREATE INDEX users_email ON users (email);",
    down: "ALTER TABLE users DROP nick;",
  },
  good: {
    before: "CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL);",
    up: "ALTER TABLE users ADD nick text; CREATE INDEX users_email ON users (email);",
    down: "DROP INDEX users_email; ALTER TABLE users DROP nick;",
  },
});

/** Declared, a migration is irreversible. */
const IRREVERSIBLE = "-- plumbline: irreversible because …";

function findMissingDown({ before, after }: MigrationObservation, { release }: MigrationWorld): Finding[] {
  const { origin, lists } = release;
  const down = lists["rollback.down"];
  if (origin?.hasDowns !== true || (down !== undefined && !isIdle(down)) || isEqualSnapshot(before, after)) return [];

  return [
    {
      kind: down === undefined ? "down-missing" : "down-empty",
      subject: origin.migration,
      answer: "declare",
      declare: IRREVERSIBLE,
      expected: "the migration has a down that leads back",
      got: down === undefined ? "it has none" : "its down does nothing",
      hint: "Write the down, or declare the migration irreversible",
    },
  ];
}

async function judgeSchema(
  run: RollbackRun,
  { before }: MigrationObservation,
  world: MigrationWorld,
): Promise<readonly Finding[]> {
  const { rollback, failure, migrated, restored } = run;
  const { migrate } = world.release.lists;
  const title = describeRollback(rollback.name);
  if (failure !== undefined) {
    const isRefusal = failure.error.code === RAISED && isEqualSnapshot(migrated, restored);

    return [{ ...reportFailure(run, failure, world), ...(isRefusal && { answer: "declare", declare: IRREVERSIBLE }) }];
  }
  const differences = await findSchemaDifferences(run, before, world);
  const [first, ...others] = differences.filter((difference) => difference.class === "different");
  noteTolerated(title, differences, world);

  return first === undefined
    ? []
    : [
        {
          kind: "schema-differs",
          subject: nameSubject(first),
          answer: "error",
          expected: `after ${title} the schema is what it was before`,
          ...differenceDetails([migrate, rollback.steps], [first, ...others]),
        },
      ];
}

function noteTolerated(title: string, differences: readonly ClassifiedDifference[], world: MigrationWorld): void {
  for (const [name, text] of Object.entries(TOLERATED)) {
    const [first, ...others] = differences.filter((difference) => difference.class === name);
    if (first === undefined) continue;
    world.note({
      rule: "rolls-back.1",
      subject: nameSubject(first),
      text: `after ${title} ${text}: ${describeDifferences([first, ...others])}`,
    });
  }
}

export const restoresNotNullNames = rule(
  "rolls-back.1-names",
  "the rollback restores the names of NOT NULL constraints",
  {
    async holds(observation, world) {
      const findings: Finding[] = [];
      for (const run of await runRollbacks(world, observation)) {
        if (!run.rollback.restores || run.failure !== undefined) continue;
        const differences = await findSchemaDifferences(run, observation.before, world);
        const [first, ...others] = differences.filter((difference) => difference.class === "not-null-name");
        const title = describeRollback(run.rollback.name);
        if (first === undefined) continue;
        findings.push({
          kind: "not-null-renamed",
          subject: nameSubject(first),
          answer: "error",
          expected: `after ${title} each NOT NULL constraint has the name that it had before`,
          ...differenceDetails([world.release.lists.migrate, run.rollback.steps], [first, ...others]),
          hint: "Name the constraints: column type CONSTRAINT name NOT NULL; versions before 18 accept and forget the name",
        });
      }

      return findings;
    },
    isOfRollbacks: true,
    isOfSchema: true,
    bad: {
      before: "CREATE TABLE user_ban (id int PRIMARY KEY, reason text NOT NULL); ALTER TABLE user_ban RENAME TO ban;",
      up: "DROP TABLE ban;",
      down: "CREATE TABLE ban (id int CONSTRAINT user_ban_id_not_null NOT NULL CONSTRAINT user_ban_pkey PRIMARY KEY, reason text NOT NULL);",
    },
    good: {
      before: "CREATE TABLE user_ban (id int PRIMARY KEY, reason text NOT NULL); ALTER TABLE user_ban RENAME TO ban;",
      up: "DROP TABLE ban;",
      down: `CREATE TABLE ban (id int CONSTRAINT user_ban_id_not_null NOT NULL CONSTRAINT user_ban_pkey PRIMARY KEY,
  reason text CONSTRAINT user_ban_reason_not_null NOT NULL);`,
    },
  },
);

export const rollbackKeepsRows = rule(
  "rolls-back.2",
  "the rollback changes nothing that the migration left as it was",
  {
    async holds(observation, world) {
      const findings: Finding[] = [];
      for (const run of await runRollbacks(world, observation)) {
        if (run.rollback.restores && run.failure === undefined) {
          findings.push(...(await judgeRows(run, observation, world)));
        }
      }

      return findings;
    },
    isOfRollbacks: true,
    bad: {
      before: "CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL, visits int);",
      up: "ALTER TABLE users ADD active boolean NOT NULL DEFAULT true;",
      down: "UPDATE users SET visits = 0 WHERE active; ALTER TABLE users DROP active;",
    },
    good: {
      before: "CREATE TABLE users (id int PRIMARY KEY, email text NOT NULL, visits int);",
      up: "ALTER TABLE users ADD active boolean NOT NULL DEFAULT true;",
      down: "ALTER TABLE users DROP active;",
    },
  },
);

async function judgeRows(
  run: RollbackRun,
  { before, after }: MigrationObservation,
  world: MigrationWorld,
): Promise<readonly Finding[]> {
  const { rollback, rows, restored } = run;
  const damage = findDamage(before, after, restored);
  if (damage.length === 0) return [];
  const second = await runRollback(world, rollback, rows);
  const again = findDamage(before, after, second.restored).flatMap(({ differences }) => differences);

  return damage.flatMap(({ subject, isRow, differences }): readonly Finding[] => {
    const [first, ...others] = keepStable(differences, again);
    if (first === undefined) return [];

    return [
      {
        kind: isRow ? "row-removed" : "cell-changed",
        subject,
        answer: "error",
        expected: `${describeRollback(rollback.name)} leaves what the migration left as it was`,
        ...differenceDetails([world.release.lists.migrate, rollback.steps], [first, ...others]),
      },
    ];
  });
}
