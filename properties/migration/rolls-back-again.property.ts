/** Rule `rolls-back.4`: after a rollback the migration can be applied again. */
import { classifyDifferences } from "../../harness/catalog/classify-difference.ts";
import { type CatalogDifference, compareCatalogs } from "../../harness/catalog/difference.ts";
import type { Finding } from "./finding.ts";
import { isAboutObject } from "./model/about-object.ts";
import { describeRollback, differenceDetails, failureDetails } from "./model/rollback-script.ts";
import { dropUnstable } from "./model/stable-differences.ts";
import { findReported, nameSubject, reportFailure } from "./rollback-differences.ts";
import { type RollbackRun, runRollbacks } from "./rollback-runs.ts";
import { rule } from "./rule.ts";
import type { MigrationWorld } from "./world.ts";

export const migratesAgain = rule("rolls-back.4", "after the rollback the migration can be applied again", {
  async holds(observation, world) {
    const findings: Finding[] = [];
    for (const run of await runRollbacks(world, observation)) {
      findings.push(...(await judgeAgain(run, world, await findReported(run, observation, world))));
    }

    return findings;
  },
  isOfRollbacks: true,
  isOfSchema: true,
  bad: {
    before: "CREATE TABLE teams (name text PRIMARY KEY);",
    up: "ALTER TABLE teams ADD label text; INSERT INTO teams VALUES ('sales', 'Sales');",
    down: "ALTER TABLE teams DROP label;",
  },
  good: {
    before: "CREATE TABLE teams (name text PRIMARY KEY);",
    up: "ALTER TABLE teams ADD label text; INSERT INTO teams VALUES ('sales', 'Sales');",
    down: "DELETE FROM teams WHERE name = 'sales'; ALTER TABLE teams DROP label;",
  },
});

/** @param known the schema that the rollback left otherwise, which rolls-back.1 reports: no other fault than that */
async function judgeAgain(
  run: RollbackRun,
  world: MigrationWorld,
  known: readonly CatalogDifference[],
): Promise<readonly Finding[]> {
  const { rollback, failure, again, migrated } = run;
  const { migrate } = world.release.lists;
  const title = describeRollback(rollback.name);
  // The failure of one that restores is for rolls-back.1.
  if (again === undefined)
    return failure === undefined || rollback.restores ? [] : [reportFailure(run, failure, world)];
  if (again.failure !== undefined) {
    const { step, statement, error } = again.failure;
    if (isAboutObject(error, known)) return [];

    return [
      {
        kind: "migrating-again-fails",
        subject: `${step.path}, line ${statement.line}`,
        answer: "error",
        expected: `after ${title} the migration runs as the first time`,
        ...failureDetails([migrate, rollback.steps], migrate, again.failure),
      },
    ];
  }
  const differences = classifyDifferences(migrated.catalog, again.catalog).filter(
    (difference) => difference.class === "different" || difference.class === "not-null-name",
  );
  const unstable =
    differences.length === 0 ? [] : compareCatalogs(migrated.catalog, (await world.twin()).after.catalog);
  const reported = new Set(known.map(({ object }) => object));
  const [first, ...others] = dropUnstable(differences, unstable).filter(({ object }) => !reported.has(object));

  return first === undefined
    ? []
    : [
        {
          kind: "schema-differs",
          subject: nameSubject(first),
          answer: "error",
          expected: `after ${title} the migration makes the schema that it made the first time`,
          ...differenceDetails([migrate, rollback.steps, migrate], [first, ...others]),
        },
      ];
}
