/** Describes the databases that a release is tested on: its baseline, and its migration of an empty baseline. */
import type { Recipe } from "../database/database-provider.ts";
import { HarnessError, Inconclusive } from "../errors.ts";
import { apply, describeFailedStatement, firstError } from "./apply.ts";
import type { Release, Step } from "./release.ts";
import { getTransactionMode } from "./transactions.ts";

/** All that was applied before the migration: the setup of the configuration and the baseline. */
export function getBaselineSteps({ setup = [], lists }: Release): readonly Step[] {
  return [...setup, ...lists.baseline];
}

export function baselineRecipe(release: Release): Recipe {
  const { name } = release;

  return createStepsRecipe(getBaselineSteps(release), (failure) => {
    const role = /role "([^"]+)" does not exist/.exec(failure)?.[1];

    return new HarnessError(
      `The baseline of ${name} does not apply: ${failure}`,
      role === undefined
        ? "Fix the statement, or the order of the files in release.json"
        : `Create the role ${role} on the server, or dump the schema with pg_dump --no-owner --no-privileges`,
    );
  });
}

/** The migration, applied while the baseline was empty. A release that cannot be applied makes its rules inconclusive. */
export function migratedRecipe(release: Release): Recipe {
  const recipe = createStepsRecipe(release.lists.migrate, (failure) => {
    return new Inconclusive(`an empty database cannot be migrated: ${failure}`, { blocked: true });
  });

  return { ...recipe, from: baselineRecipe(release) };
}

/** Applies the steps. @param toError makes the error to throw at the first statement that fails */
export function createStepsRecipe(steps: readonly Step[], toError: (failure: string) => Error): Recipe {
  return {
    parts: steps.map((step) => JSON.stringify([getTransactionMode(step), step.before, step.source])),
    build: async (session) => {
      const failed = firstError(await apply(session, steps));
      if (failed !== undefined) throw toError(describeFailedStatement(failed));
    },
  };
}
