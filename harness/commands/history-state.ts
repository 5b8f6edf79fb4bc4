/** Describes the state before the first migration that is verified, so that a server can keep it for later runs. */
import { hashRecipe, type Recipe } from "../database/database-provider.ts";
import { Databases } from "../database/databases.ts";
import { baselineRecipe } from "../release/recipes.ts";
import type { KeptState } from "../server/process/settings.ts";
import type { SuiteTarget } from "../suite/run-suite.ts";

/** Undefined where there is nothing to keep: no migration with others before it, or several histories. */
export function findHistoryState(targets: readonly SuiteTarget[]): KeptState | undefined {
  const migrations = targets.flatMap(({ release, suite }) =>
    release.origin !== undefined && suite.properties.length > 0 ? [release] : [],
  );
  const [first] = migrations;
  if (first === undefined || migrations.some(({ folder }) => folder !== first.folder)) return undefined;
  const recipe = baselineRecipe(first);
  if (recipe.isLink !== true) return undefined;

  return {
    keys: listHashes(recipe),
    prepare: async (server) => {
      await using databases = new Databases(server);
      await databases.keepOnly([recipe]);
    },
  };
}

/** Of the state, and of those that it is built on. */
function listHashes(recipe: Recipe): readonly string[] {
  const hashes: string[] = [];
  for (let one: Recipe | undefined = recipe; one !== undefined; one = one.from) hashes.push(hashRecipe(one));

  return hashes;
}
