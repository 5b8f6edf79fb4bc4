/** How the schema that a rollback leaves differs from the one before, and what a rollback that fails is reported as. */
import {
  type ClassifiedDifference,
  classifyDifferences,
  type DifferenceClass,
} from "../../harness/catalog/classify-difference.ts";
import type { CatalogDifference } from "../../harness/catalog/difference.ts";
import type { Snapshot } from "../../harness/catalog/snapshot.ts";
import type { Failure } from "./apply-within.ts";
import type { Finding } from "./finding.ts";
import { describeRollback, failureDetails } from "./model/rollback-script.ts";
import { keepStable } from "./model/stable-differences.ts";
import type { MigrationObservation } from "./observation.ts";
import { type RollbackRun, runRollback } from "./rollback-runs.ts";
import type { MigrationWorld } from "./world.ts";

/** Of the schema before and the restored one; without what differs from run to run. */
export async function findSchemaDifferences(
  { rollback, rows, restored }: RollbackRun,
  { catalog }: Snapshot,
  world: MigrationWorld,
): Promise<readonly ClassifiedDifference[]> {
  const differences = classifyDifferences(catalog, restored.catalog);
  if (differences.every((difference) => difference.class === "column-order")) return differences;
  const second = await runRollback(world, rollback, rows);

  return keepStable(differences, classifyDifferences(catalog, second.restored.catalog));
}

/** What rolls-back.1 and its names report of the schema. */
export async function findReported(
  run: RollbackRun,
  { before }: MigrationObservation,
  world: MigrationWorld,
): Promise<readonly ClassifiedDifference[]> {
  if (!run.rollback.restores || run.again === undefined) return [];

  return (await findSchemaDifferences(run, before, world)).filter(({ class: name }) => !(name in TOLERATED));
}

/** Differences that PostgreSQL cannot or need not undo. */
export const TOLERATED: Partial<Readonly<Record<DifferenceClass, string>>> = {
  "column-order": "columns have another order",
  "enum-label": "labels of an enum are left over",
  extension: "extensions differ",
  "expression-text": "expressions are printed in another way",
};

/** `public.users.email` of `column public.users.email`. */
export function nameSubject({ object }: CatalogDifference): string {
  return object.replace(/^(?:materialized view|foreign table|event trigger|[a-z]+) (?=\S)/, "");
}

export function reportFailure({ rollback }: RollbackRun, failure: Failure, { release }: MigrationWorld): Finding {
  return {
    kind: "rollback-fails",
    subject: `${failure.step.path}, line ${failure.statement.line}`,
    answer: "error",
    expected: `${describeRollback(rollback.name)} runs without an error`,
    ...failureDetails([release.lists.migrate], rollback.steps, failure),
  };
}
