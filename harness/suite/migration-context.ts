/** Provides the context of a suite without a `world.ts`: databases to which the release was applied. */
import { type Catalog, observeCatalog } from "../catalog/facts.ts";
import type { Database, Recipe } from "../database/database-provider.ts";
import { RecordedDatabase } from "../property/recorded-database.ts";
import type { TestContext } from "../property/test-context.ts";
import { baselineRecipe, getBaselineSteps, migratedRecipe } from "../release/recipes.ts";
import type { Release } from "../release/release.ts";
import { toScriptParts } from "../release/script-part.ts";
import type { TestResources } from "./test-resources.ts";

export class MigrationContext implements TestContext {
  readonly release: Release;
  readonly #resources: TestResources;
  readonly #databases: Database[] = [];

  constructor(resources: TestResources) {
    this.release = resources.release;
    this.#resources = resources;
  }

  /** Opens a baseline database for the case, before any migration. */
  async baseline(): Promise<RecordedDatabase> {
    const database = await this.#clone(baselineRecipe(this.release));

    return await RecordedDatabase.open(database, toScriptParts(getBaselineSteps(this.release)));
  }

  /**
   * Opens a database for the case that was migrated while it was empty.
   * @throws Inconclusive if the release cannot be applied
   */
  async migrated(): Promise<RecordedDatabase> {
    const database = await this.#clone(migratedRecipe(this.release));

    return await RecordedDatabase.open(
      database,
      toScriptParts([...getBaselineSteps(this.release), ...this.release.lists.migrate]),
    );
  }

  async catalog(): Promise<Catalog> {
    return await observeCatalog(await (await this.#clone(migratedRecipe(this.release))).observer());
  }

  async endCase(): Promise<void> {
    await Promise.all(this.#databases.splice(0).map((database) => database[Symbol.asyncDispose]()));
  }

  async close(): Promise<void> {
    await this.endCase();
  }

  async #clone(recipe: Recipe): Promise<Database> {
    const database = await this.#resources.databases.clone(recipe);
    this.#databases.push(database);

    return database;
  }
}

export function openMigrationContext(resources: TestResources): MigrationContext {
  return new MigrationContext(resources);
}
