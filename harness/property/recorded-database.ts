/**
 * A database on which a release is played out. It writes down all that was done to it, so that whatever goes wrong can
 * be shown again by a script that begins with an empty database.
 */
import assert from "node:assert";
import { type Catalog, observeCatalog } from "../catalog/facts.ts";
import { type RowOptions, readRows, type TableRows } from "../catalog/rows.ts";
import type { Database } from "../database/database-provider.ts";
import { queryJsonOn } from "../database/pinned-settings.ts";
import {
  abbreviateStatement,
  type Session,
  type StatementResult,
  type TextRow,
} from "../database/session.ts";
import { Inconclusive } from "../errors.ts";
import { type AppliedStatement, apply, describeFailedStatement, firstError } from "../release/apply.ts";
import type { Statement, Step } from "../release/release.ts";
import type { ScriptPart } from "../release/script-part.ts";
import {
  terminateStatement,
  toFirstPart,
  toPartsUpTo,
  toReproducingPart,
  toScriptPart,
} from "../release/script-part.ts";
import type { Evidence, Violation } from "./verdict.ts";

/** What a violation says beside its script. */
export interface ViolationDetails {
  readonly expected: string;
  readonly got: string;
  /** The statement that shows it; or the steps that were applied last, where it is seen in what they say. */
  readonly show: string | readonly Step[];
  readonly hint?: string;
  readonly evidence?: Evidence | undefined;
}

/** What was done, and the step that it was, if it was one. */
interface Done {
  readonly part: ScriptPart;
  readonly step?: Step;
}

export class RecordedDatabase {
  readonly database: Database;
  #session: Session;
  readonly #done: Done[];

  private constructor(database: Database, session: Session, script: readonly ScriptPart[]) {
    this.database = database;
    this.#session = session;
    this.#done = script.map((part) => ({ part }));
  }

  /** @param script what made the database: the beginning of every script */
  static async open(database: Database, script: readonly ScriptPart[]): Promise<RecordedDatabase> {
    return new RecordedDatabase(database, await database.connect(), script);
  }

  /** The session that everything is sent on. */
  get session(): Session {
    return this.#session;
  }

  /** Goes on with a new session, as when psql was ended or lost its connection and is started again. */
  async reconnect(): Promise<void> {
    await this.#session[Symbol.asyncDispose]();
    this.#session = await this.database.connect();
  }

  /** Writes down what was done to the database by other means than this stage's. */
  record(part: ScriptPart): void {
    this.#done.push({ part });
  }

  /** All that was done so far, from an empty database on. */
  get script(): readonly ScriptPart[] {
    return this.#done.map(({ part }) => part);
  }

  /** Applies whole steps. */
  async apply(steps: readonly Step[]): Promise<readonly AppliedStatement[]> {
    this.#done.push(...steps.map((step) => ({ part: toScriptPart(step), step })));

    return await apply(this.session, steps);
  }

  /** Applies a part of a step: the statements that are given, which are the step's first ones. */
  async applyFirst(step: Step, statements: readonly Statement[]): Promise<readonly AppliedStatement[]> {
    this.#done.push({ part: toFirstPart(step, statements.length), step });

    return await apply(this.session, [{ ...step, statements }]);
  }

  /** Sends a statement of the case's own. */
  async attempt(title: string, sql: string): Promise<StatementResult> {
    this.#done.push({ part: { title, sql: terminateStatement(sql) } });

    return await this.session.tryExecute(sql);
  }

  /**
   * Sends a statement that the case cannot do without.
   * @throws Inconclusive where the release refuses it
   */
  async prepare(title: string, sql: string): Promise<StatementResult> {
    const outcome = await this.attempt(title, sql);
    if (outcome.error !== undefined) {
      throw new Inconclusive(
        `${title} cannot be made: ${outcome.error.message} (in: ${abbreviateStatement(sql)})`,
      );
    }

    return outcome;
  }

  /** Asks for something without leaving a trace in the script. */
  async query(sql: string, values?: readonly unknown[]): Promise<readonly TextRow[]> {
    return await this.session.query(sql, values);
  }

  async catalog(): Promise<Catalog> {
    return await observeCatalog(await this.database.observer());
  }

  async rows(table: string, options: RowOptions): Promise<TableRows> {
    return await readRows(queryJsonOn(await this.database.observer()), table, options);
  }

  /** A violation, shown by all that was done so far and one more statement, or by the steps that were applied last. */
  violation({ show, evidence, ...telling }: ViolationDetails): Violation {
    const before = typeof show === "string" ? this.#done : this.#before(show);
    const shown =
      typeof show === "string"
        ? { title: "reproduces the violation", sql: terminateStatement(show) }
        : toReproducingPart(show);

    return {
      ...telling,
      script: [...before.map(({ part }) => part), shown],
      ...(evidence === undefined ? {} : { evidence }),
    };
  }

  /** A violation if one of the statements that were applied last was refused: the script ends where that happened. */
  findError(applied: readonly AppliedStatement[], expected: string, hint?: string): Violation | undefined {
    const refused = firstError(applied);
    if (refused === undefined) {
      return undefined;
    }
    const at = this.#done.findLastIndex(({ step }) => step?.file === refused.step.file);

    return {
      expected,
      got: describeFailedStatement(refused),
      script: [
        ...this.#done.slice(0, at).map(({ part }) => part),
        ...toPartsUpTo(refused.step, refused.statement),
      ],
      evidence: { shows: "error", message: refused.error.message, sqlstate: refused.error.code },
      ...(hint === undefined ? {} : { hint }),
    };
  }

  #before(steps: readonly Step[]): readonly Done[] {
    const at = this.#done.length - steps.length;
    const last = this.#done.slice(at).map(({ step }) => step?.file);
    assert.deepStrictEqual(
      last,
      steps.map(({ file }) => file),
      "What shows a violation are the steps that were applied last",
    );

    return this.#done.slice(0, at);
  }
}
