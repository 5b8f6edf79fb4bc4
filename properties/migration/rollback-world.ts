/** Presents a rollback as a migration of its own: before it is what the migration left. */
import type { RecordedDatabase } from "../../harness/property/recorded-database.ts";
import { type ScriptPart, toScriptParts } from "../../harness/release/script-part.ts";
import type { GeneratedRows, MigrationObservation } from "./observation.ts";
import type { RollbackRun } from "./rollback-runs.ts";
import { MigrationWorld } from "./world.ts";

export class RollbackWorld extends MigrationWorld {
  readonly #migration: MigrationWorld;
  readonly #run: RollbackRun;

  constructor(migration: MigrationWorld, run: RollbackRun) {
    const { release, resources } = migration;
    const lists = { baseline: release.lists.baseline, migrate: run.rollback.steps };
    super({ ...resources, release: { ...release, lists }, rows: "none", notes: [] });
    this.#migration = migration;
    this.#run = run;
  }

  /** None: the rows of the migration are there. It tries nothing, so that it needs no database for that either. */
  override async decisiveRows(): Promise<GeneratedRows> {
    return (await this.#migration.trials()).noRows;
  }

  /** What the run did; only another one needs a database. */
  override async observe(): Promise<MigrationObservation> {
    const { migrated, applied, restored } = this.#run;
    const rows = await this.decisiveRows();

    return await this.once("observation", async () => ({ rows, before: migrated, up: applied, after: restored }));
  }

  override async withDatabase<Result>(
    _: GeneratedRows,
    work: (db: RecordedDatabase) => Promise<Result>,
  ): Promise<Result> {
    return await this.#migration.withDatabase(this.#run.rows, async (db) => {
      await db.apply(this.#migration.release.lists.migrate);
      await db.reconnect();

      return await work(db);
    });
  }

  override scriptBefore(): readonly ScriptPart[] {
    return [...this.#migration.scriptBefore(this.#run.rows), ...toScriptParts(this.#migration.release.lists.migrate)];
  }
}
