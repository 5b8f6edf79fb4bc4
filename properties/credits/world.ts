/**
 * What the properties of the credits work with: histories played on a migrated database, and stages on which a release
 * is applied to tables of the case's own. All of it is given back after every case.
 */
import assert from "node:assert";
import { type Catalog, observeCatalog } from "../../harness/catalog/facts.ts";
import type { Database, Recipe } from "../../harness/database/database-provider.ts";
import type { Session } from "../../harness/database/session.ts";
import { HarnessError, Inconclusive } from "../../harness/errors.ts";
import type { TestContext } from "../../harness/property/test-context.ts";
import type { Violation } from "../../harness/property/verdict.ts";
import { apply, describeFailedStatement, firstError } from "../../harness/release/apply.ts";
import { Stage } from "../../harness/release/recorded-database.ts";
import type { Release, Step } from "../../harness/release/release.ts";
import type { ScriptPart } from "../../harness/release/script-part.ts";
import { partOf } from "../../harness/release/script-part.ts";
import type { Patch, TestResources } from "../../harness/suite/test-resources.ts";
import { type History, playBatch } from "./database/batch-play.ts";
import { type CallTrace, playHistory, preparePlayer } from "./database/play.ts";
import { callSql, insertAccounts, insertOrganizations, insertPastActions } from "./database/sql.ts";
import type { BaselineTable } from "./model/baseline-tables.ts";
import type { Mismatch } from "./model/call-checks.ts";
import type { CreditCall, Organization } from "./model/model.ts";

export class CreditsContext implements TestContext {
  readonly release: Release;
  readonly #workbench: TestResources;
  readonly #case: Database[] = [];
  #shared: Promise<Database> | undefined;
  #session: Promise<Session> | undefined;
  #playing: Promise<Session> | undefined;

  constructor(workbench: TestResources) {
    this.release = workbench.release;
    this.#workbench = workbench;
  }

  /** Plays calls on organizations of a migrated database, in one round trip. */
  async play(organizations: readonly Organization[], calls: readonly CreditCall[]): Promise<CallTrace> {
    return await playHistory(await this.player(), organizations, calls);
  }

  /** Plays many histories in one round trip. Says of each whether it went exactly as the model foresees. */
  async playBatch(histories: readonly History[]): Promise<readonly boolean[]> {
    return await playBatch(await this.player(), histories);
  }

  /** A session on a migrated database that all cases of the property share: leave nothing behind in it. */
  async session(): Promise<Session> {
    this.#session ??= this.shared().then((database) => database.connect());

    return await this.#session;
  }

  /** The same session, ready to play histories. */
  async player(): Promise<Session> {
    this.#playing ??= this.#openPlayer();

    return await this.#playing;
  }

  /** A migrated database that all cases of the property share, gone with the world: leave nothing behind in it. */
  async shared(): Promise<Database> {
    this.#shared ??= this.#migratedClone();

    return await this.#shared;
  }

  /** A baseline database with these rows, nothing migrated yet. */
  async baseline({ accounts, actions = [], extras = [] }: BaselineTable): Promise<Stage> {
    const database = await this.#workbench.databases.clone(baselineRecipe(this.release));
    const stage = await this.#stage(database, this.release.baseline.map(partOf));
    for (const extra of extras) {
      await stage.prepare("an object of the user's own", extra);
    }
    if (accounts.length > 0) {
      await stage.prepare("organizations", insertAccounts(accounts));
    }
    if (actions.length > 0) {
      await stage.prepare("what was logged before", insertPastActions(actions));
    }

    return stage;
  }

  /** A database that was migrated while it was empty, with these organizations in the middle of their use. */
  async migrated(organizations: readonly Organization[] = []): Promise<Stage> {
    const stage = await this.#stage(await this.#migratedClone(), this.#migratedScript);
    if (organizations.length > 0) {
      await stage.prepare("organizations", insertOrganizations(organizations));
    }

    return stage;
  }

  /**
   * Does the work in a world on a server that may be crashed, which nobody else is on meanwhile.
   * @throws Inconclusive where servers of this kind cannot be crashed
   */
  async withCrashServer<Result>(
    work: (world: CreditsContext, crash: () => Promise<void>) => Promise<Result>,
  ): Promise<Result> {
    const { crashServer: crashGround } = this.#workbench;
    if (crashGround === undefined) {
      throw new Inconclusive("this server cannot be crashed");
    }

    return await crashGround.runExclusively(async ({ databases, crash }) => {
      const world = new CreditsContext({ ...this.#workbench, databases });
      try {
        return await work(world, crash);
      } finally {
        await world.close();
      }
    });
  }

  /** The steps of a list that the release may lack. */
  steps(
    list: "analyse" | "verify" | "exercise" | "verifyRollback" | "emergency" | "controlled",
  ): readonly Step[] {
    const steps =
      list === "emergency" || list === "controlled" ? this.release.rollback?.[list] : this.release[list];
    if (steps === undefined) {
      throw new Inconclusive(`release.json has no list "${list}"`);
    }

    return steps;
  }

  /** The steps of migrating before the last one, which is the data migration. */
  get schemaSteps(): readonly Step[] {
    return this.release.migrate.slice(0, -1);
  }

  /** The data migration: the last step of migrating. */
  get dataStep(): Step {
    const step = this.release.migrate.at(-1);
    assert(step !== undefined, "A release has at least one step of migrating");

    return step;
  }

  /** A fault of a history as a violation, with the script that leads to it. */
  violation(trace: CallTrace, fault: Mismatch): Violation {
    const calls = trace.calls.slice(0, fault.call + 1).map(callSql);
    const shown = fault.show ?? calls.pop() ?? "";

    return {
      expected: fault.expected,
      got: fault.got,
      script: this.script(trace.organizations, calls, shown),
    };
  }

  /** A script on a migrated database: organizations, statements, and the one that shows what is wrong. */
  script(
    organizations: readonly Organization[],
    statements: readonly string[],
    show: string,
  ): readonly ScriptPart[] {
    return [
      ...this.setupScript(organizations),
      ...(statements.length === 0 ? [] : [{ title: "what happens", sql: statements.join("\n") }]),
      { title: "what shows it", sql: show },
    ];
  }

  /** What every script on a migrated database begins with. */
  setupScript(organizations: readonly Organization[]): readonly ScriptPart[] {
    return organizations.length === 0
      ? this.#migratedScript
      : [...this.#migratedScript, { title: "organizations", sql: insertOrganizations(organizations) }];
  }

  async endCase(): Promise<void> {
    await Promise.all(this.#case.splice(0).map((database) => database[Symbol.asyncDispose]()));
  }

  async close(): Promise<void> {
    await this.endCase();
    const shared = this.#shared;
    this.#shared = undefined;
    this.#session = undefined;
    this.#playing = undefined;
    // A database that could not be made has told whoever asked for it.
    const [made] = await Promise.allSettled([shared]);
    if (made.status === "fulfilled") {
      await made.value?.[Symbol.asyncDispose]();
    }
  }

  get #migratedScript(): readonly ScriptPart[] {
    return [...this.release.baseline, ...this.release.migrate].map(partOf);
  }

  /** The catalog of a database that was migrated while it was empty. */
  async catalog(): Promise<Catalog> {
    return await observeCatalog(await (await this.shared()).observer());
  }

  async #migratedClone(): Promise<Database> {
    const { databases, patch } = this.#workbench;

    return await databases.clone(patch === undefined ? migratedRecipe(this.release) : patchedRecipe(patch));
  }

  async #stage(database: Database, script: readonly ScriptPart[]): Promise<Stage> {
    this.#case.push(database);

    return await Stage.open(database, script);
  }

  async #openPlayer(): Promise<Session> {
    const session = await this.session();
    await preparePlayer(session);

    return session;
  }
}

/** Makes the world of one property and one release. */
export function openContext(workbench: TestResources): CreditsContext {
  return new CreditsContext(workbench);
}

/** The baseline, empty. */
function baselineRecipe(release: Release): Recipe {
  return {
    parts: release.baseline.map(({ source }) => source),
    build: async (session) => {
      const refused = firstError(await apply(session, release.baseline));
      if (refused !== undefined) {
        throw new HarnessError(
          `The baseline of ${release.name} does not apply: ${describeFailedStatement(refused)}`,
          "Mend the statement, or the order of the files in release.json",
        );
      }
    },
  };
}

/** Another release, with what differs put in its place. */
function patchedRecipe({ original, statements }: Patch): Recipe {
  return {
    from: migratedRecipe(original),
    parts: statements,
    build: async (session) => {
      for (const statement of statements) {
        await session.query(statement);
      }
    },
  };
}

/** The release, applied while the baseline was empty. */
function migratedRecipe(release: Release): Recipe {
  return {
    from: baselineRecipe(release),
    parts: release.migrate.map(({ source }) => source),
    build: async (session) => {
      const refused = firstError(await apply(session, release.migrate));
      if (refused !== undefined) {
        throw new Inconclusive(`an empty database cannot be migrated: ${describeFailedStatement(refused)}`, {
          blocked: true,
        });
      }
    },
  };
}
