/** Describes the databases that a release is tested on: its baseline, and its migration of an empty baseline. */
import type { Recipe } from "../database/database-provider.ts";
import type { Session } from "../database/session.ts";
import { HarnessError, Inconclusive, UnmetNeedError } from "../errors.ts";
import { apply, describeFailedStatement, type FailedStatement, firstError } from "./apply.ts";
import { suggestRemedy } from "./missing-state.ts";
import type { Release, Step } from "./release.ts";
import { getTransactionMode } from "./transactions.ts";

/** All that was applied before the migration: the setup of the configuration and the baseline. */
export function getBaselineSteps({ setup = [], lists }: Release): readonly Step[] {
  return [...setup, ...lists.baseline];
}

export function baselineRecipe(release: Release): Recipe {
  const steps = getBaselineSteps(release);
  const link = (from: Recipe | undefined, step: Step) => findLink(from, step, release.setup?.includes(step) === true);
  const state = release.origin && steps.reduce<Recipe | undefined>(link, undefined);
  if (state !== undefined) return state;

  return {
    parts: formatParts(steps),
    build: async (session) => {
      for (const step of steps) {
        const failed = firstError(await apply(session, [step]));
        if (failed === undefined) continue;
        if (release.setup?.includes(step) === true) throw createSetupError(failed);
        throw new HarnessError(
          `The baseline of ${release.name} does not apply: ${describeFailedStatement(failed)}`,
          suggestRemedy(failed.error) ?? "Fix the statement, or the order of the files in release.json",
        );
      }
    },
  };
}

function createSetupError(failed: FailedStatement): HarnessError {
  return new HarnessError(
    `setup in plumbline.config.ts does not apply: ${describeFailedStatement(failed)}`,
    suggestRemedy(failed.error) ?? "Fix the statement there",
  );
}

/** By the recipe before it, and the step: releases of one history share their states. */
const links = new WeakMap<Step, Map<Recipe | undefined, Recipe>>();

function findLink(from: Recipe | undefined, step: Step, isSetup: boolean): Recipe {
  const known = links.get(step) ?? new Map<Recipe | undefined, Recipe>();
  links.set(step, known);
  const link = known.get(from) ?? {
    parts: formatParts([step]),
    isLink: true as const,
    ...(from !== undefined && { from }),
    build: async (session: Session) => {
      const failed = firstError(await apply(session, [step]));
      if (failed === undefined) return;
      if (isSetup) throw createSetupError(failed);
      throw new UnmetNeedError(
        `The state before the migration cannot be built: ${describeFailedStatement(failed)}`,
        suggestRemedy(failed.error) ?? "Fix that migration first, or the order of the files",
      );
    },
  };
  known.set(from, link);

  return link;
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
    parts: formatParts(steps),
    build: async (session) => {
      const failed = firstError(await apply(session, steps));
      if (failed !== undefined) throw toError(describeFailedStatement(failed));
    },
  };
}

function formatParts(steps: readonly Step[]): readonly string[] {
  return steps.map((step) => JSON.stringify([getTransactionMode(step), step.before, step.source]));
}
