/** Presents a rollback as a migration of its own: before it is what the migration left. */
import type { RecordedDatabase } from "../../harness/property/recorded-database.ts";
import { type ScriptPart, toScriptParts } from "../../harness/release/script-part.ts";
import type { GeneratedRows } from "./observation.ts";
import type { Rollback } from "./rollback-runs.ts";
import { MigrationWorld } from "./world.ts";

export class RollbackWorld extends MigrationWorld {
  readonly #migration: MigrationWorld;
  readonly #rows: GeneratedRows;

  /** @param rows that are there before the migration; its databases end with the case of the migration's world */
  constructor(migration: MigrationWorld, { steps }: Rollback, rows: GeneratedRows) {
    const { release, resources } = migration;
    super({
      ...resources,
      release: { ...release, lists: { ...release.lists, migrate: steps } },
      rows: "none",
      notes: [],
    });
    this.#migration = migration;
    this.#rows = rows;
  }

  override async open(): Promise<RecordedDatabase> {
    const db = await this.#migration.open(this.#rows);
    await db.apply(this.#migration.release.lists.migrate);
    await db.reconnect();

    return db;
  }

  override async drop(db: RecordedDatabase): Promise<void> {
    await this.#migration.drop(db);
  }

  override scriptBefore(): readonly ScriptPart[] {
    return [...this.#migration.scriptBefore(this.#rows), ...toScriptParts(this.#migration.release.lists.migrate)];
  }
}
