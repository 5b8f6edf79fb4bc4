/**
 * Where gates are measured: databases with a volume of rows, a release applied so far, vacuumed and analysed. Each is a
 * template that is made once; whoever changes something gets a clone, and whoever only reads shares one. Nothing else
 * is at work on the server meanwhile.
 */
import type { ClientConfig } from "pg";
import { type Database, Databases, type Recipe } from "../database/databases.ts";
import type { Server } from "../database/server.ts";
import { Session } from "../database/session.ts";
import { HarnessError } from "../errors.ts";
import { apply, describeRefusal, refusedIn } from "../release/apply.ts";
import type { Release, Step } from "../release/release.ts";
import type { State, Volume } from "./gate.ts";
import { pin } from "./pinned-planner.ts";

/** A statistic's sample is so many rows for each point of its target: taken whole, it is no sample. */
const ROWS_A_TARGET = 300;
const TARGET_DEFAULT = 100;
const TARGET_MAX = 10_000;

/** Which database is asked for. */
export interface Site {
  readonly release: Release;
  readonly volume: Volume;
  readonly state: State;
  readonly rows: number;
}

export class Ground implements AsyncDisposable {
  readonly seed: number;
  readonly #server: Server;
  readonly #databases: Databases;
  #shared: { readonly key: string; readonly database: Database } | undefined;

  constructor(server: Server, seed: number) {
    this.#server = server;
    this.#databases = new Databases(server);
    this.seed = seed;
  }

  /** A clone of one's own. When it is here, nothing is at work on the server any more. */
  async fresh(site: Site): Promise<Database> {
    await this.#leaveShared();

    return await this.#clone(site);
  }

  /** A database for whoever leaves nothing behind in it; gone when another one is asked for. */
  async shared(site: Site): Promise<Database> {
    const key = this.#keyOf(site);
    if (this.#shared?.key !== key) {
      await this.#leaveShared();
      this.#shared = { key, database: await this.#clone(site) };
    }

    return this.#shared.database;
  }

  /** A session that looks on from another database: from the same one it would keep old rows alive. */
  async observer(): Promise<Session> {
    return await Session.open(this.connection(this.#server.tenancy?.maintenance ?? "postgres"));
  }

  /** How a database of this server is reached by others. */
  connection(database: string): ClientConfig {
    return this.#server.connection(database);
  }

  /**
   * Makes the templates ahead, of several releases at the same time.
   * @param onSite told of each as it is begun
   */
  async prepare(sites: readonly Site[], onSite: (site: Site) => void): Promise<void> {
    const byRelease = new Map<string, Map<string, Site>>();
    for (const site of sites) {
      const ours = byRelease.get(site.release.folder) ?? new Map<string, Site>();
      byRelease.set(site.release.folder, ours.set(this.#keyOf(site), site));
    }
    await Promise.all(
      [...byRelease.values()].map(async (ours) => {
        for (const site of ours.values()) {
          onSite(site);
          await this.#databases.prepare(this.#recipe(site));
        }
      }),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#leaveShared();
    await this.#databases[Symbol.asyncDispose]();
  }

  async #clone(site: Site): Promise<Database> {
    const database = await this.#databases.clone(this.#recipe(site));
    await this.#databases.pause();

    return database;
  }

  #keyOf({ release, volume, state, rows }: Site): string {
    return [release.folder, state, ...volume.fill(rows, this.seed), ...volume.settle(rows)].join("\n");
  }

  async #leaveShared(): Promise<void> {
    await this.#shared?.database[Symbol.asyncDispose]();
    this.#shared = undefined;
  }

  #recipe({ release, volume, state, rows }: Site): Recipe {
    const fill = volume.fill(rows, this.seed);
    const target = Math.min(TARGET_MAX, Math.max(TARGET_DEFAULT, Math.ceil((3 * rows) / ROWS_A_TARGET)));
    const baseline: Recipe = {
      parts: [...release.baseline.map(({ source }) => source), ...fill, `target ${target}`],
      build: async (session) => {
        await applyAll(await pin(session), release.name, release.baseline);
        await sendRows(session, fill);
        await tidy(session, target);
      },
    };
    if (state === "baseline") return baseline;
    const steps = release.migrate.slice(0, -1);
    const schema: Recipe = {
      from: baseline,
      parts: [...steps.map(({ source }) => source), "vacuumed"],
      build: async (session) => {
        await applyAll(await pin(session), release.name, steps);
        await session.query("VACUUM");
      },
    };
    if (state === "schema") return schema;
    const settle = volume.settle(rows);
    const migrated: Recipe = {
      from: schema,
      parts: [...settle, `target ${target}`],
      build: async (session) => {
        await sendRows(await pin(session), settle);
        await tidy(session, target);
      },
    };
    if (state === "migrated") return migrated;
    const rollback = release.rollback?.controlled ?? [];

    return {
      from: migrated,
      parts: rollback.map(({ source }) => source),
      build: async (session) => {
        await applyAll(await pin(session), release.name, rollback);
        await tidy(session, target);
      },
    };
  }
}

/**
 * Every row is known to everyone, every page has its hints, and the planner has seen all rows. What that leaves behind
 * in the catalog is cleared away too: else whoever reads the catalog next tidies it, and it is counted as his.
 */
async function tidy(session: Session, target: number): Promise<void> {
  await session.query(`SET default_statistics_target = ${target}`);
  await session.query("VACUUM (ANALYZE)");
  await session.query("VACUUM");
}

async function applyAll(session: Session, name: string, steps: readonly Step[]): Promise<void> {
  const refused = refusedIn(await apply(session, steps));
  if (refused !== undefined) {
    throw new HarnessError(
      `${name} cannot be measured, since it does not apply: ${describeRefusal(refused)}`,
      "Mend the statement, or the order of the files in release.json",
    );
  }
}

/**
 * Sends what makes the rows. They are made so that they keep every foreign key; where the role may, nobody looks each of
 * them up, which takes as long as making them.
 */
async function sendRows(session: Session, statements: readonly string[]): Promise<void> {
  await session.attempt("SET session_replication_role = replica");
  for (const statement of statements) {
    const { refusal } = await session.attempt(statement);
    if (refusal !== undefined) {
      throw new HarnessError(
        `The rows to measure on cannot be made: ${refusal.message} (SQLSTATE ${refusal.code})`,
        "Mend the release, or the data in benchmarks/data that asks for what it lacks",
      );
    }
  }
  await session.attempt("RESET session_replication_role");
}
