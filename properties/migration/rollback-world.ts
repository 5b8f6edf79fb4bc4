/** Presents a rollback as a migration of its own: before it is what the migration left. */
import type { RecordedDatabase } from "../../harness/property/recorded-database.ts";
import { type ScriptPart, toScriptParts } from "../../harness/release/script-part.ts";
import type { GeneratedRows } from "./observation.ts";
import type { Rollback } from "./rollback-runs.ts";
import { MigrationWorld } from "./world.ts";

export class RollbackWorld extends MigrationWorld {
  readonly #migration: MigrationWorld;
  readonly #rows: GeneratedRows;

  /** @param rows that are there before the migration */
  constructor(migration: MigrationWorld, { steps }: Rollback, rows: GeneratedRows) {
    const { release, resources } = migration;
    // Without rollbacks of its own: for these, a world keeps a database until all rules are checked.
    const lists = { baseline: release.lists.baseline, migrate: steps };
    super({ ...resources, release: { ...release, lists }, rows: "none", notes: [] });
    this.#migration = migration;
    this.#rows = rows;
  }

  /** None: the rows of the migration are there. It tries nothing, so that it needs no database for that either. */
  override async decisiveRows(): Promise<GeneratedRows> {
    return (await this.#migration.trials()).noRows;
  }

  override async withDatabase<Result>(
    _: GeneratedRows,
    work: (db: RecordedDatabase) => Promise<Result>,
  ): Promise<Result> {
    return await this.#migration.withDatabase(this.#rows, async (db) => {
      await db.apply(this.#migration.release.lists.migrate);
      await db.reconnect();

      return await work(db);
    });
  }

  override scriptBefore(): readonly ScriptPart[] {
    return [...this.#migration.scriptBefore(this.#rows), ...toScriptParts(this.#migration.release.lists.migrate)];
  }
}
