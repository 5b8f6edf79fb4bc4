/** Gives the properties their databases: one migrated database that all cases share, and databases of a case's own. */
import assert from "node:assert";
import { type Catalog, observeCatalog } from "../../harness/catalog/facts.ts";
import type { Database } from "../../harness/database/database-provider.ts";
import type { Session } from "../../harness/database/session.ts";
import { Inconclusive } from "../../harness/errors.ts";
import { RecordedDatabase } from "../../harness/property/recorded-database.ts";
import type { TestContext } from "../../harness/property/test-context.ts";
import type { Violation } from "../../harness/property/verdict.ts";
import { baselineRecipe, migratedRecipe } from "../../harness/release/recipes.ts";
import type { ListName, Release, Step } from "../../harness/release/release.ts";
import type { ScriptPart } from "../../harness/release/script-part.ts";
import { toScriptPart } from "../../harness/release/script-part.ts";
import type { TestResources } from "../../harness/suite/test-resources.ts";
import { type CallHistory, playBatch } from "./database/batch-play.ts";
import { decideSchema } from "./database/decide-schema.ts";
import { type CallTrace, playHistory, preparePlayer } from "./database/play.ts";
import { type InsertedRows, includeTables, recordRows } from "./database/record-rows.ts";
import {
  callSql,
  clearSql,
  generateOrganizations,
  insertAccounts,
  insertOrganizations,
  insertPastActions,
} from "./database/sql.ts";
import type { BaselineTable } from "./model/baseline-tables.ts";
import type { Mismatch } from "./model/call-checks.ts";
import { type CreditSchema, PLAIN_SCHEMA } from "./model/credit-schema.ts";
import { fitActions, fitCase } from "./model/domain.ts";
import type { CreditCall, Organization } from "./model/model.ts";

/** Ids of properties that were renamed: ledgers and command lines may hold the old ones. */
export const renamed: Readonly<Record<string, string>> = {
  "M4-offspring": "M4-cascade",
  "R1-struck": "R1-interrupted",
  "R4-struck": "R4-interrupted",
  "R4-whole": "R4-atomic",
  "R5-struck": "R5-interrupted",
  "R5-whole": "R5-atomic",
  "S4-struck": "S4-interrupted",
};

export class CreditsContext implements TestContext {
  readonly release: Release;
  readonly #resources: TestResources;
  readonly #ofCase: Database[] = [];
  #shared: Promise<Database> | undefined;
  #session: Promise<Session> | undefined;
  #playing: Promise<Session> | undefined;
  #schema: CreditSchema = PLAIN_SCHEMA;

  constructor(resources: TestResources) {
    this.release = resources.release;
    this.#resources = resources;
  }

  /** Reads the user's schema and the release's columns, once for all contexts of the same release. */
  async prepare(): Promise<void> {
    const { databases, configuration } = this.#resources;
    this.#schema = await decideSchema({
      release: this.release,
      baseline: () => databases.clone(baselineRecipe(this.release)),
      migrated: () => this.shared(),
      configuration,
    });
    includeTables(this.#resources.coverage, this.#schema);
  }

  /** The user's tables as far as statements depend on them, once the context is prepared. */
  get schema(): CreditSchema {
    return this.#schema;
  }

  fitCase(given: unknown): unknown {
    return fitCase(this.schema.domain, given);
  }

  /** Plays calls on organizations of the shared database, in one round trip. */
  async play(organizations: readonly Organization[], calls: readonly CreditCall[]): Promise<CallTrace> {
    const player = await this.player();
    const { schema } = this;

    return await this.insert({ accounts: organizations }, () => playHistory(player, organizations, calls, schema));
  }

  /** Plays many histories in one round trip. Each result says whether the history went exactly as the model predicts. */
  async playBatch(histories: readonly CallHistory[]): Promise<readonly boolean[]> {
    const results = await playBatch(await this.player(), histories, this.schema);
    // A history that deviates is played again alone.
    for (const [index, { organizations }] of histories.entries()) {
      if (results[index] === true) this.#count({ accounts: organizations });
    }

    return results;
  }

  /** Inserts rows of a case, and counts them for the report; as rejected where the work throws Inconclusive. */
  async insert<Result>(rows: InsertedRows, work: () => Promise<Result>): Promise<Result> {
    try {
      const result = await work();
      this.#count(rows);
      return result;
    } catch (error) {
      if (error instanceof Inconclusive) this.#count(rows, error.message);
      throw error;
    }
  }

  #count(rows: InsertedRows, reason?: string): void {
    recordRows(this.#resources.coverage, this.schema, rows, reason);
  }

  /** A session on the shared database, which the case must leave unchanged. */
  async session(): Promise<Session> {
    this.#session ??= this.shared().then((database) => database.connect());

    return await this.#session;
  }

  /** The same session, with the functions that play histories. */
  async player(): Promise<Session> {
    this.#playing ??= this.#openPlayer();

    return await this.#playing;
  }

  /** A database that was migrated while empty. All cases of the property share it, and must leave it unchanged. */
  async shared(): Promise<Database> {
    this.#shared ??= this.#migratedClone();

    return await this.#shared;
  }

  /** A database of the case with the baseline and these rows, not migrated. */
  async baseline({ accounts, generated, actions = [], extras = [] }: BaselineTable): Promise<RecordedDatabase> {
    const database = await this.#resources.databases.clone(baselineRecipe(this.release));
    const db = await this.#record(database, this.#baselineScript);
    if (this.schema.hasOwnRows) await db.prepare("without the rows of the baseline", clearSql(this.schema));
    for (const extra of extras) await db.prepare("an object of the user's own", extra);
    if (generated !== undefined) {
      await db.prepare("organizations", generateOrganizations(generated.count, generated, this.schema));
    }
    if (accounts.length > 0) {
      await this.insert({ accounts }, () => db.prepare("organizations", insertAccounts(accounts, this.schema)));
    }
    const logged = fitActions(this.schema.domain, actions);
    if (logged.length > 0) {
      await this.insert({ actions: logged }, () => db.prepare("what was logged before", insertPastActions(logged)));
    }

    return db;
  }

  /** A database of the case with the baseline and these rows, to which the steps were applied; all of them by default. */
  async migrate(table: BaselineTable, steps = this.release.lists.migrate): Promise<RecordedDatabase> {
    const db = await this.baseline(table);
    await db.apply(steps);

    return db;
  }

  /** A database of the case that was migrated while empty, with these organizations. */
  async migrated(organizations: readonly Organization[] = []): Promise<RecordedDatabase> {
    const db = await this.#record(await this.#migratedClone(), this.#migratedScript);
    if (organizations.length > 0) {
      await this.insert({ accounts: organizations }, () =>
        db.prepare("organizations", insertOrganizations(organizations, this.schema)),
      );
    }

    return db;
  }

  /**
   * Runs the work with a context on a server that only this case uses, and may crash.
   * @throws Inconclusive where servers of this kind cannot be crashed
   */
  async withCrashServer<Result>(
    work: (context: CreditsContext, crash: () => Promise<void>) => Promise<Result>,
  ): Promise<Result> {
    const { crashServer } = this.#resources;
    if (crashServer === undefined) throw new Inconclusive("this server cannot be crashed");

    return await crashServer.runExclusively(async ({ databases, crash }) => {
      const context = new CreditsContext({ ...this.#resources, databases });
      context.#schema = this.#schema;
      try {
        return await work(context, crash);
      } finally {
        await context.close();
      }
    });
  }

  /** The steps of a list. @throws Inconclusive where the release has no such list */
  steps(name: ListName | "emergency" | "controlled"): readonly Step[] {
    const list = name === "emergency" || name === "controlled" ? (`rollback.${name}` as const) : name;
    const steps = this.release.lists[list];
    if (steps === undefined) throw new Inconclusive(`release.json has no list "${list}"`);

    return steps;
  }

  /** The steps before the data migration. */
  get schemaSteps(): readonly Step[] {
    return this.release.lists.migrate.slice(0, -1);
  }

  /** The data migration, which is the last step. */
  get dataStep(): Step {
    const step = this.release.lists.migrate.at(-1);
    assert(step !== undefined, "A release has at least one step of migrating");

    return step;
  }

  /** A mismatch as a violation, with the script that reproduces it. */
  violation(trace: CallTrace, { call, show, ...deviation }: Mismatch): Violation {
    const calls = trace.calls.slice(0, call + 1).map(callSql);
    const shown = show ?? calls.pop() ?? "";

    return { ...deviation, script: this.script(trace.organizations, calls, shown) };
  }

  /** A script on a migrated database: organizations, statements, and the one that reproduces the violation. */
  script(organizations: readonly Organization[], statements: readonly string[], show: string): readonly ScriptPart[] {
    return [
      ...this.setupScript(organizations),
      ...(statements.length === 0 ? [] : [{ title: "what happens", sql: statements.join("\n") }]),
      { title: "reproduces the violation", sql: show },
    ];
  }

  /** The beginning of every script on a migrated database. */
  setupScript(organizations: readonly Organization[]): readonly ScriptPart[] {
    return organizations.length === 0
      ? this.#migratedScript
      : [...this.#migratedScript, { title: "organizations", sql: insertOrganizations(organizations, this.schema) }];
  }

  async endCase(): Promise<void> {
    await Promise.all(this.#ofCase.splice(0).map((database) => database[Symbol.asyncDispose]()));
  }

  async close(): Promise<void> {
    await this.endCase();
    const shared = this.#shared;
    this.#shared = undefined;
    this.#session = undefined;
    this.#playing = undefined;
    // Whether it could be created is known already to the code that used it.
    const [made] = await Promise.allSettled([shared]);
    if (made.status === "fulfilled") await made.value?.[Symbol.asyncDispose]();
  }

  get #migratedScript(): readonly ScriptPart[] {
    return [...this.#baselineScript, ...this.release.lists.migrate.map(toScriptPart)];
  }

  /** What a dump sets for its session must not last, and what a baseline sets for its database must begin. */
  get #baselineScript(): readonly ScriptPart[] {
    const { baseline } = this.release.lists;
    const sets = baseline.some(({ source }) => /\bsearch_path\b/.test(source));

    return [...baseline.map(toScriptPart), ...(sets ? [{ title: "as in a new session", sql: "\\connect" }] : [])];
  }

  /** The catalog of a database that was migrated while it was empty. */
  async catalog(): Promise<Catalog> {
    return await observeCatalog(await (await this.shared()).observer());
  }

  async #migratedClone(): Promise<Database> {
    return await this.#resources.databases.clone(migratedRecipe(this.release));
  }

  async #record(database: Database, script: readonly ScriptPart[]): Promise<RecordedDatabase> {
    this.#ofCase.push(database);

    return await RecordedDatabase.open(database, script);
  }

  async #openPlayer(): Promise<Session> {
    await preparePlayer(await this.session(), this.schema);

    return await this.session();
  }
}

/** Opens the context of one property and one release. */
export function openCreditsContext(resources: TestResources): CreditsContext {
  return new CreditsContext(resources);
}

/** As the loader of suites asks for it. */
export { openCreditsContext as openContext };
