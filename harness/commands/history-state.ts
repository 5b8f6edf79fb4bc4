/** Describes the state before the first migration that is tried, so that a server can keep it for later runs. */
import { hashRecipe, type Recipe } from "../database/database-provider.ts";
import { Databases } from "../database/databases.ts";
import { UnmetNeedError } from "../errors.ts";
import { baselineRecipe } from "../release/recipes.ts";
import type { Release } from "../release/release.ts";
import type { KeptState } from "../server/process/settings.ts";
import { addMissing } from "../suite/missing-needs.ts";

/** Undefined where there is nothing to keep: no migration with others before it, or several histories. */
export function findHistoryState(releases: readonly Release[]): KeptState | undefined {
  const migrations = releases.filter(({ origin }) => origin !== undefined);
  const [first] = migrations;
  if (first === undefined || migrations.some(({ folder }) => folder !== first.folder)) return undefined;
  const recipe = baselineRecipe(first);
  if (recipe.isLink !== true) return undefined;

  return {
    keys: listHashes(recipe),
    prepare: async (server) => {
      await using databases = new Databases(server);
      try {
        await databases.keepOnly([recipe]);
      } catch (error) {
        throw error instanceof UnmetNeedError ? await addMissing(databases, first.origin?.history, error) : error;
      }
    },
  };
}

/** Of the state, and of those that it is built on. */
function listHashes(recipe: Recipe): readonly string[] {
  const hashes: string[] = [];
  for (let one: Recipe | undefined = recipe; one !== undefined; one = one.from) hashes.push(hashRecipe(one));

  return hashes;
}
