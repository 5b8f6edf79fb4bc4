/**
 * Tries a migration on generated rows, cheaply: rows and migration are one transaction that is rolled back, in a database
 * that all trials share. A migration that cannot run in a transaction gets a database for each trial.
 */

import { readContents } from "../../harness/catalog/snapshot.ts";
import type { LoadedConfiguration } from "../../harness/configuration/load-configuration.ts";
import type { Database, DatabaseProvider } from "../../harness/database/database-provider.ts";
import { queryJsonOn, queryPinned, type SendQuery } from "../../harness/database/pinned-settings.ts";
import type { Session } from "../../harness/database/session.ts";
import type { SqlError } from "../../harness/database/sql-error.ts";
import { LimitError } from "../../harness/errors.ts";
import { isMentioned } from "../../harness/release/mentions.ts";
import { loadParser } from "../../harness/release/parser.ts";
import { baselineRecipe, getBaselineSteps } from "../../harness/release/recipes.ts";
import type { Release, Statement } from "../../harness/release/release.ts";
import { RoleHistory } from "../../harness/release/shared-roles.ts";
import { getTransactionMode } from "../../harness/release/transactions.ts";
import { fillDatabase } from "../../harness/rows/fill-database.ts";
import type { Dataset, Hints } from "../../harness/rows/generate-row.ts";
import { prepareHints } from "../../harness/rows/hints.ts";
import { formatInserts } from "../../harness/rows/insert-script.ts";
import type { ExistingRows } from "../../harness/rows/known-rows.ts";
import { narrowPlan } from "../../harness/rows/narrow-plan.ts";
import { readSchema } from "../../harness/rows/read-schema.ts";
import { planRows, type RowPlan } from "../../harness/rows/row-plan.ts";
import type { SchemaModel } from "../../harness/rows/schema-model.ts";
import { applyWithin, type Failure, TIMEOUT } from "./apply-within.ts";
import { type Assumption, formatCountQuery, type Schemas } from "./model/assumption.ts";
import { dropRandomKeys, toExistingRows } from "./model/existing-rows.ts";
import { formatGuards, formatGuardsGone } from "./model/guards.ts";
import { findTexts, joinSources } from "./model/migration-text.ts";
import type { GeneratedRows, RowLevel, RowSource } from "./observation.ts";

/** A statement that does not end within so many milliseconds, on a few rows, is taken to run for ever. */
const LIMIT_MS = 5_000;

/** Errors that say that a statement cannot run in a transaction block, or needs one before it to be committed. */
const NEEDS_NO_TRANSACTION = new Set(["25001", "25P01", "2D000", "55P04"]);

export interface Trial {
  readonly rows: GeneratedRows;
  readonly failure?: Failure;
}

export class Trials {
  /** Any rows that the schema before allows. */
  readonly free: RowSource;
  readonly hints: Hints;
  readonly #release: Release;
  readonly #databases: DatabaseProvider;
  readonly #database: Database;
  readonly #session: Session;
  readonly #existing: ExistingRows;
  #isTransactional: boolean;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(
    { release, databases }: { readonly release: Release; readonly databases: DatabaseProvider },
    { plan, hints, existing }: { readonly plan: RowPlan; readonly hints: Hints; readonly existing: ExistingRows },
    { database, session }: { readonly database: Database; readonly session: Session },
  ) {
    this.free = { plan, assumptions: [] };
    this.hints = hints;
    this.#release = release;
    this.#databases = databases;
    this.#existing = existing;
    this.#database = database;
    this.#session = session;
    this.#isTransactional = release.lists.migrate.every(({ statements }) =>
      statements.every(
        (statement) => statement.node !== "TransactionStmt" || isBoundary(statement) || isSavepoint(statement),
      ),
    );
  }

  /**
   * @throws HarnessError if the baseline does not apply, or if the configuration does not fit it
   */
  static async open(
    release: Release,
    databases: DatabaseProvider,
    loaded: LoadedConfiguration | undefined,
  ): Promise<Trials> {
    const database = await databases.clone(baselineRecipe(release));
    const session = await database.connect();
    const observer = await database.observer();
    const queryJson = queryJsonOn(observer);
    const schema = await readSchema(queryJson);
    const all = planRows(schema, await loadParser(), findTexts(release.lists.migrate));
    const plan = await narrowPlan(all, queryJson, joinSources(release));
    const { configuration: { rows = {} } = {}, folder = release.folder } = loaded ?? {};
    const { history = [] } = release.origin ?? {};
    const isElsewhere = (name: string): boolean => isMentioned(history, name);
    const hints = await prepareHints(rows, { schema, session, folder, isElsewhere });
    const texts = getBaselineSteps(release).map(({ source }) => source);
    const existing = dropRandomKeys(toExistingRows(await readContents(observer)), plan, texts);

    return new Trials({ release, databases }, { plan, hints, existing }, { database, session });
  }

  async close(): Promise<void> {
    await this.#last.catch(() => undefined);
    await this.#database[Symbol.asyncDispose]();
  }

  get noRows(): GeneratedRows {
    return { level: "empty", source: this.free, dataset: {}, filled: [], inserts: "" };
  }

  /** False where each attempt needs a database of its own. */
  get isCheap(): boolean {
    return this.#isTransactional;
  }

  /**
   * Applies up to rows of a source; nothing stays.
   * @param limitMs of each statement
   */
  attempt(level: RowLevel, dataset: Dataset, source: RowSource, limitMs: number = LIMIT_MS): Promise<Trial> {
    return this.#alone(async () => {
      if (this.#isTransactional) {
        const trial = await this.#attemptInTransaction(level, dataset, source, limitMs);
        if (trial !== undefined) return trial;
      }

      return await this.#attemptAlone(level, dataset, source);
    });
  }

  /** In a database of its own. */
  async #attemptAlone(level: RowLevel, dataset: Dataset, source: RowSource): Promise<Trial> {
    await using database = await this.#databases.clone(baselineRecipe(this.#release));
    const filling = await database.connect();
    await filling.query("BEGIN");
    const rows = await this.#fill(filling, level, dataset, source);
    await filling.query("COMMIT");
    const failure = await this.#apply(await database.connect());

    return { rows, ...(failure && { failure }) };
  }

  /** Applies up to the rows in a database of its own, as its tool does. */
  async applyTo({ inserts }: GeneratedRows): Promise<Failure | undefined> {
    await using database = await this.#databases.clone(baselineRecipe(this.#release));
    const session = await database.connect();
    if (inserts !== "") await session.query(inserts);

    return await this.#apply(session);
  }

  async #apply(session: Session): Promise<Failure | undefined> {
    await session.query(`SET statement_timeout = ${2 * LIMIT_MS}`);

    return (await applyWithin(session, this.#release.lists.migrate, getBaselineSteps(this.#release))).failure;
  }

  /**
   * Counts the rows that break an assumption; 0 where PostgreSQL cannot evaluate it.
   * @param isEvaluated that a value which raises an error counts as a row
   */
  countBroken({ inserts }: GeneratedRows, assumption: Assumption, isEvaluated = false): Promise<number> {
    return this.#alone(async () => {
      const { rows, error } = await this.#session.tryAndRollBack([inserts || "SELECT", formatCountQuery(assumption)]);

      if (error !== undefined) return isEvaluated && /^(?:22|54)/.test(error.code) ? 1 : 0;

      return Number(rows[0]?.[0] ?? 0);
    });
  }

  /** The error of the query of an assumption on empty tables; undefined where there is none. */
  findQueryError(assumption: Assumption): Promise<SqlError | undefined> {
    return this.#alone(async () => (await this.#session.tryAndRollBack([formatCountQuery(assumption)])).error);
  }

  /** The schemas before and after up was applied to empty tables, of one database; undefined if it cannot be. */
  schemas(): Promise<Schemas | undefined> {
    return this.#alone(async () => {
      if (this.#isTransactional) {
        await this.#session.query("BEGIN");
        try {
          const failure = await this.#applyInTransaction(LIMIT_MS);
          if (failure === undefined) return { before: this.free.plan.schema, after: await this.#readSchema() };
          if (!this.#isUnsure(failure)) return undefined;
        } finally {
          await this.#session.query("ROLLBACK");
        }
      }
      await using database = await this.#databases.clone(baselineRecipe(this.#release));
      const queryJson = queryJsonOn(await database.observer());
      const before = await readSchema(queryJson);
      const { failure } = await applyWithin(await database.connect(), this.#release.lists.migrate);

      return failure === undefined ? { before, after: await readSchema(queryJson) } : undefined;
    });
  }

  /** Within the transaction of the session, whose settings stay. */
  async #readSchema(): Promise<SchemaModel> {
    const send: SendQuery = async (sql, values) => ({ rows: [...(await this.#session.query(sql, values))] });

    return await readSchema((query) => queryPinned(send, query));
  }

  /** One after the other: they share a session. */
  #alone<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(work, work);
    this.#last = result;

    return result;
  }

  /** Undefined where it turns out that up cannot run in a transaction. */
  async #attemptInTransaction(
    level: RowLevel,
    dataset: Dataset,
    source: RowSource,
    limitMs: number,
  ): Promise<Trial | undefined> {
    await this.#session.query("BEGIN");
    try {
      const rows = await this.#fill(this.#session, level, dataset, source);
      const failure = await this.#applyInTransaction(limitMs);
      if (failure !== undefined && this.#isUnsure(failure)) return undefined;

      return { rows, ...(failure && { failure }) };
    } finally {
      await this.#session.query("ROLLBACK");
    }
  }

  async #fill(session: Session, level: RowLevel, dataset: Dataset, source: RowSource): Promise<GeneratedRows> {
    const { plan, assumptions } = source;
    for (const sql of formatGuards(assumptions)) await session.query(sql);
    const filled = await fillDatabase(session, plan, dataset, { hints: this.hints, existing: this.#existing });
    for (const sql of formatGuardsGone(assumptions)) await session.query(sql);

    return { level, source, dataset, filled, inserts: formatInserts(filled) };
  }

  #isUnsure({ error }: Failure): boolean {
    if (NEEDS_NO_TRANSACTION.has(error.code)) this.#isTransactional = false;

    return !this.#isTransactional;
  }

  async #applyInTransaction(limitMs: number): Promise<Failure | undefined> {
    const session = this.#session;
    const roles = new RoleHistory(getBaselineSteps(this.#release));
    await session.query(`SET LOCAL statement_timeout = ${limitMs}`);
    for (const step of this.#release.lists.migrate) {
      const commits = getTransactionMode(step) === "statement";
      for (const sql of step.before ?? []) if ((await this.#try(sql)) !== undefined) this.#isTransactional = false;
      for (const statement of step.statements) {
        if (statement.kind === "meta" || isBoundary(statement)) continue;
        const error =
          (await this.#try(roles.toSql(statement))) ??
          (commits ? await this.#try("SET CONSTRAINTS ALL IMMEDIATE") : undefined);
        if (error !== undefined) return { step, statement, ...error };
      }
      const last = step.statements.findLast(({ kind }) => kind === "sql");
      const error = commits ? undefined : await this.#try("SET CONSTRAINTS ALL IMMEDIATE");
      if (error !== undefined && last !== undefined) return { step, statement: last, ...error };
    }

    return undefined;
  }

  async #try(sql: string): Promise<Pick<Failure, "error" | "isEndless"> | undefined> {
    try {
      const { error } = await this.#session.tryExecute(sql);

      return error && { error, isEndless: false };
    } catch (thrown) {
      if (!(thrown instanceof LimitError)) throw thrown;

      return { error: TIMEOUT, isEndless: true };
    }
  }
}

/** Begins or ends a transaction, which within that of a trial has no counterpart. */
function isBoundary({ node, text }: Statement): boolean {
  return (
    node === "TransactionStmt" && /^(?:BEGIN|START\s+TRANSACTION|COMMIT|END)\b(?!.*\b(?:CHAIN|PREPARED)\b)/is.test(text)
  );
}

function isSavepoint({ text }: Statement): boolean {
  return /^(?:SAVEPOINT|RELEASE|ROLLBACK\b.*\bTO)\b/is.test(text);
}
