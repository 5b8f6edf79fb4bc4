/** Records what a case does to a database, so that a script can reproduce a violation from an empty database on. */
import assert from "node:assert";
import { type Catalog, observeCatalog } from "../catalog/facts.ts";
import { type RowOptions, readRows, type TableRows } from "../catalog/rows.ts";
import type { Database } from "../database/database-provider.ts";
import { findByDefaultPath, queryJsonOn } from "../database/pinned-settings.ts";
import { abbreviateStatement, type Session, type StatementResult, type TextRow } from "../database/session.ts";
import { Inconclusive } from "../errors.ts";
import {
  type AppliedStatement,
  apply,
  describeFailedStatement,
  type FailedStatement,
  firstError,
  listErrors,
} from "../release/apply.ts";
import type { Statement, Step } from "../release/release.ts";
import type { ScriptPart } from "../release/script-part.ts";
import {
  terminateStatement,
  toFirstPart,
  toPartsUpTo,
  toReproducingPart,
  toScriptParts,
} from "../release/script-part.ts";
import { nameSqlError } from "./kind.ts";
import type { Evidence, Violation } from "./verdict.ts";

/** In a failed transaction every statement raises this error (PostgreSQL manual, Appendix A). */
const ABORTED = "25P02";

/** A violation without its script. */
export interface ViolationDetails extends Pick<Violation, "kind" | "subject" | "answer" | "declare"> {
  readonly expected: string;
  readonly got: string;
  /** The statement that reproduces it; or the last applied steps, whose output does. */
  readonly show: string | readonly Step[];
  readonly hint?: string;
  readonly evidence?: Evidence | undefined;
}

/** A part of the script, and the step that it came from, if any. */
interface RecordedPart {
  readonly part: ScriptPart;
  readonly step?: Step;
}

export class RecordedDatabase {
  readonly database: Database;
  #session: Session;
  readonly #recorded: RecordedPart[];

  private constructor(database: Database, session: Session, script: readonly ScriptPart[]) {
    this.database = database;
    this.#session = session;
    this.#recorded = script.map((part) => ({ part }));
  }

  /** @param script how the database was created: the beginning of every script */
  static async open(database: Database, script: readonly ScriptPart[]): Promise<RecordedDatabase> {
    return new RecordedDatabase(database, await database.connect(), script);
  }

  /** The session that everything is sent on. */
  get session(): Session {
    return this.#session;
  }

  /** Continues with a new session, as when psql is restarted. */
  async reconnect(): Promise<void> {
    await this.#session[Symbol.asyncDispose]();
    this.#session = await this.database.connect();
  }

  /** Records what was done to the database by other means. */
  record(part: ScriptPart): void {
    this.#recorded.push({ part });
  }

  /** Everything that was done so far, from an empty database on. */
  get script(): readonly ScriptPart[] {
    return this.#recorded.map(({ part }) => part);
  }

  /** Applies whole steps. */
  async apply(steps: readonly Step[]): Promise<readonly AppliedStatement[]> {
    for (const [index, part] of toScriptParts(steps).entries())
      this.#recorded.push({ part, step: steps[index] as Step });

    return await apply(this.session, steps);
  }

  /** Applies the first statements of a step. */
  async applyFirst(step: Step, statements: readonly Statement[]): Promise<readonly AppliedStatement[]> {
    this.#recorded.push({ part: toFirstPart(step, statements.length), step });

    return await apply(this.session, [{ ...step, statements }]);
  }

  /** Sends a statement, and records it. */
  async attempt(title: string, sql: string): Promise<StatementResult> {
    this.#recorded.push({ part: { title, sql: terminateStatement(sql) } });

    return await this.session.tryExecute(sql);
  }

  /**
   * Sends a statement that the case requires.
   * @throws Inconclusive if it fails
   */
  async prepare(title: string, sql: string): Promise<StatementResult> {
    const result = await this.attempt(title, sql);
    if (result.error !== undefined) {
      throw new Inconclusive(`${title} cannot be made: ${result.error.message} (in: ${abbreviateStatement(sql)})`);
    }

    return result;
  }

  /** Sends a query that is not recorded. */
  async query(sql: string, values?: readonly unknown[]): Promise<readonly TextRow[]> {
    return await this.session.query(sql, values);
  }

  async catalog(): Promise<Catalog> {
    return await observeCatalog(await this.database.observer());
  }

  /** @param table as in SQL: without a schema, it is the table that a new session finds */
  async rows(table: string, options: RowOptions): Promise<TableRows> {
    const observer = await this.database.observer();

    return await readRows(queryJsonOn(observer), await findByDefaultPath(observer, table), options);
  }

  /** Creates a violation: the script is what was done so far and one more statement, or the last applied steps. */
  violation({ show, evidence, ...details }: ViolationDetails): Violation {
    const before = typeof show === "string" ? this.#recorded : this.#before(show);
    const reproducing =
      typeof show === "string"
        ? { title: "reproduces the violation", sql: terminateStatement(show) }
        : toReproducingPart(show);

    return {
      ...details,
      script: [...before.map(({ part }) => part), reproducing],
      ...(evidence === undefined ? {} : { evidence }),
    };
  }

  /** Creates a violation if one of the last applied statements failed: the script ends there. */
  findError(applied: readonly AppliedStatement[], expected: string, hint?: string): Violation | undefined {
    const failed = firstError(applied);

    return failed && this.#errorViolation(failed, expected, hint);
  }

  /** The same for each statement that failed, but for those of a transaction that another one had aborted. */
  findErrors(applied: readonly AppliedStatement[], expected: string, hint?: string): readonly Violation[] {
    return listErrors(applied)
      .filter(({ error }) => error.code !== ABORTED)
      .map((failed) => this.#errorViolation(failed, expected, hint));
  }

  #errorViolation(failed: FailedStatement, expected: string, hint: string | undefined): Violation {
    const at = this.#recorded.findLastIndex(({ step }) => step?.file === failed.step.file);

    return {
      kind: `${failed.step.path.replace(/\.sql$/, "")}: ${nameSqlError(failed.error)}`,
      expected,
      got: describeFailedStatement(failed),
      script: [...this.#recorded.slice(0, at).map(({ part }) => part), ...toPartsUpTo(failed.step, failed.statement)],
      evidence: { shows: "error", message: failed.error.message, sqlstate: failed.error.code },
      ...(hint === undefined ? {} : { hint }),
    };
  }

  #before(steps: readonly Step[]): readonly RecordedPart[] {
    const at = this.#recorded.length - steps.length;
    const last = this.#recorded.slice(at).map(({ step }) => step?.file);
    assert.deepStrictEqual(
      last,
      steps.map(({ file }) => file),
      "The steps that reproduce a violation are the last applied ones",
    );

    return this.#recorded.slice(0, at);
  }
}
