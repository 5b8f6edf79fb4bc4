/**
 * Supplies the databases in which gates measure: with a volume of rows, a release applied as far as the gate needs it,
 * vacuumed and analysed. Each is a template that is made once; a gate that changes rows gets a clone, the others share
 * one. Nothing else runs on the server meanwhile.
 */
import type { ClientConfig } from "pg";
import type { Database, Recipe } from "../database/database-provider.ts";
import { Databases } from "../database/databases.ts";
import type { Server } from "../database/server.ts";
import { Session } from "../database/session.ts";
import { HarnessError } from "../errors.ts";
import { apply, describeFailedStatement, firstError } from "../release/apply.ts";
import { baselineRecipe } from "../release/recipes.ts";
import type { Release, Step } from "../release/release.ts";
import type { FillStatements, ReleaseState, Volume } from "./gate.ts";
import { executeRequired, pinSettings } from "./measuring-session.ts";

/** ANALYZE samples this many rows per unit of the statistics target; a sample of all rows is no sample. */
const ROWS_PER_TARGET = 300;
const TARGET_DEFAULT = 100;
const TARGET_MAX = 10_000;

export interface DatabaseSpec {
  readonly release: Release;
  readonly volume: Volume;
  readonly state: ReleaseState;
  readonly rows: number;
}

export class BenchmarkDatabases implements AsyncDisposable {
  readonly seed: number;
  readonly #server: Server;
  readonly #databases: Databases;
  /** By release: what replaces the statements of a volume, if anything does. */
  readonly #adapted = new Map<string, Map<Volume["adapt"], Promise<FillStatements | undefined>>>();
  #shared: { readonly key: string; readonly database: Database } | undefined;

  constructor(server: Server, seed: number) {
    this.#server = server;
    this.#databases = new Databases(server);
    this.seed = seed;
  }

  /** A clone of its own, returned once nothing else runs on the server. */
  async fresh(spec: DatabaseSpec): Promise<Database> {
    await this.#leaveShared();

    return await this.#clone(spec);
  }

  /** A database for callers that change nothing; dropped when another one is requested. */
  async shared(spec: DatabaseSpec): Promise<Database> {
    const key = this.#createKey(spec);
    if (this.#shared?.key !== key) {
      await this.#leaveShared();
      this.#shared = { key, database: await this.#clone(spec) };
    }

    return this.#shared.database;
  }

  /** A database with the release's baseline and without rows. */
  async baseline(release: Release): Promise<Database> {
    return await this.#databases.clone(baselineRecipe(release));
  }

  /** A session on another database: on the measured one its snapshots would keep old rows alive. */
  async observer(): Promise<Session> {
    return await Session.open(this.connection(this.#server.tenancy?.maintenance ?? "postgres"));
  }

  connection(database: string): ClientConfig {
    return this.#server.connection(database);
  }

  /**
   * Makes the templates, those of several releases at the same time.
   * @param onSpec called when a template is begun
   */
  async prepare(specs: readonly DatabaseSpec[], onSpec: (spec: DatabaseSpec) => void): Promise<void> {
    const byRelease = new Map<string, Map<string, DatabaseSpec>>();
    for (const spec of specs) {
      const ofRelease = byRelease.get(spec.release.folder) ?? new Map<string, DatabaseSpec>();
      byRelease.set(spec.release.folder, ofRelease.set(this.#createKey(spec), spec));
    }
    await Promise.all(
      [...byRelease.values()].map(async (ofRelease) => {
        for (const spec of ofRelease.values()) {
          onSpec(spec);
          await this.#databases.prepare(await this.#recipe(spec));
        }
      }),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#leaveShared();
    await this.#databases[Symbol.asyncDispose]();
  }

  async #clone(spec: DatabaseSpec): Promise<Database> {
    const database = await this.#databases.clone(await this.#recipe(spec));
    await this.#databases.pause();

    return database;
  }

  #createKey({ release, volume, state, rows }: DatabaseSpec): string {
    const statements = [...volume.fill(rows, this.seed), ...volume.migrateData(rows)];

    return [release.folder, state, ...statements].join("\n");
  }

  async #leaveShared(): Promise<void> {
    await this.#shared?.database[Symbol.asyncDispose]();
    this.#shared = undefined;
  }

  async #adapt(release: Release, { adapt }: Volume): Promise<FillStatements | undefined> {
    if (adapt === undefined) return undefined;
    const ofRelease =
      this.#adapted.get(release.folder) ?? new Map<Volume["adapt"], Promise<FillStatements | undefined>>();
    this.#adapted.set(release.folder, ofRelease);
    const read = async () => {
      await using baseline = await this.baseline(release);

      return await adapt(baseline, release);
    };
    const found = ofRelease.get(adapt) ?? read();
    ofRelease.set(adapt, found);

    return await found;
  }

  async #recipe({ release, volume, state, rows }: DatabaseSpec): Promise<Recipe> {
    const { name, lists } = release;
    const adapted = await this.#adapt(release, volume);
    const target = Math.min(TARGET_MAX, Math.max(TARGET_DEFAULT, Math.ceil((3 * rows) / ROWS_PER_TARGET)));
    const analyse = [`SET default_statistics_target = ${target}`, ...VACUUM_AND_ANALYSE];
    const baseline = createRecipe({
      from: baselineRecipe(release),
      rows: volume.fill(rows, this.seed),
      ...(adapted === undefined ? {} : { adapted: () => adapted(rows, this.seed) }),
      finish: analyse,
    });
    if (state === "baseline") return baseline;
    const schema = createRecipe({ from: baseline, name, steps: lists.migrate.slice(0, -1), finish: ["VACUUM"] });
    if (state === "schema") return schema;
    const migrated = createRecipe({ from: schema, rows: volume.migrateData(rows), finish: analyse });

    return state === "migrated"
      ? migrated
      : createRecipe({ from: migrated, name, steps: lists["rollback.controlled"] ?? [], finish: analyse });
  }
}

/**
 * Makes all rows visible, sets their hint bits, and gives the planner statistics of all rows. The second VACUUM prunes
 * the catalogs, which the first one changes; else the next query that reads them would, and be counted for it.
 */
const VACUUM_AND_ANALYSE = ["VACUUM (ANALYZE)", "VACUUM"];

interface RecipeParts {
  readonly from: Recipe;
  /** The name of the release. */
  readonly name?: string;
  readonly steps?: readonly Step[];
  /** Statements that make or migrate rows. */
  readonly rows?: readonly string[];
  /** Statements in place of `rows`, which are then no more than the name of the rows. */
  readonly adapted?: () => Iterable<string>;
  readonly finish: readonly string[];
}

function createRecipe({ from, name = "", steps = [], rows = [], adapted, finish }: RecipeParts): Recipe {
  return {
    from,
    parts: [...steps.map(({ source }) => source), ...rows, ...finish],
    build: async (session) => {
      await pinSettings(session);
      const failed = firstError(await apply(session, steps));
      if (failed !== undefined) {
        throw new HarnessError(
          `${name} cannot be measured, since it does not apply: ${describeFailedStatement(failed)}`,
          "Fix the statement, or the order of the files in release.json",
        );
      }
      await makeRows(session, adapted?.() ?? rows);
      for (const statement of finish) await session.query(statement);
    },
  };
}

/** The rows satisfy every foreign key; if the role may, the checks are disabled, which take as long as the inserts. */
async function makeRows(session: Session, statements: Iterable<string>): Promise<void> {
  await session.tryExecute("SET session_replication_role = replica");
  for (const statement of statements) {
    await executeRequired(
      session,
      statement,
      "The rows to measure on cannot be made",
      "Fix the release, or the data in benchmarks/data that requires what it lacks",
    );
  }
  await session.tryExecute("RESET session_replication_role");
}
