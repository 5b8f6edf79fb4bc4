/**
 * A database on which a release is played out. It writes down all that was done to it, so that whatever goes wrong can
 * be shown again by a script that begins with an empty database.
 */
import assert from "node:assert";
import { type Catalog, observeCatalog } from "../catalog/facts.ts";
import { type RowOptions, type Rows, readRows } from "../catalog/rows.ts";
import type { Database } from "../database/databases.ts";
import { askObserver } from "../database/pinned-settings.ts";
import { type Outcome, opening, type Row, type Session } from "../database/session.ts";
import { Inconclusive } from "../errors.ts";
import type { Violation } from "../property/verdict.ts";
import { type Applied, apply, describeRefusal, refusedIn } from "./apply.ts";
import type { Statement, Step } from "./release.ts";
import type { ScriptPart } from "./script-part.ts";
import { firstPartOf, partOf, partsUpTo, showingPart, terminated } from "./script-part.ts";

/** What a violation says beside its script. */
export interface Telling {
  readonly expected: string;
  readonly got: string;
  /** The statement that shows it; or the steps that were applied last, where it is seen in what they say. */
  readonly show: string | readonly Step[];
  readonly hint?: string;
}

/** What was done, and the step that it was, if it was one. */
interface Done {
  readonly part: ScriptPart;
  readonly step?: Step;
}

export class Stage {
  readonly database: Database;
  #session: Session;
  readonly #done: Done[];

  private constructor(database: Database, session: Session, script: readonly ScriptPart[]) {
    this.database = database;
    this.#session = session;
    this.#done = script.map((part) => ({ part }));
  }

  /** @param script what made the database: the beginning of every script */
  static async open(database: Database, script: readonly ScriptPart[]): Promise<Stage> {
    return new Stage(database, await database.connect(), script);
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
  note(part: ScriptPart): void {
    this.#done.push({ part });
  }

  /** All that was done so far, from an empty database on. */
  get script(): readonly ScriptPart[] {
    return this.#done.map(({ part }) => part);
  }

  /** Applies whole steps. */
  async apply(steps: readonly Step[]): Promise<readonly Applied[]> {
    this.#done.push(...steps.map((step) => ({ part: partOf(step), step })));

    return await apply(this.session, steps);
  }

  /** Applies a part of a step: the statements that are given, which are the step's first ones. */
  async applyFirst(step: Step, statements: readonly Statement[]): Promise<readonly Applied[]> {
    this.#done.push({ part: firstPartOf(step, statements.length), step });

    return await apply(this.session, [{ ...step, statements }]);
  }

  /** Sends a statement of the case's own. */
  async attempt(title: string, sql: string): Promise<Outcome> {
    this.#done.push({ part: { title, sql: terminated(sql) } });

    return await this.session.attempt(sql);
  }

  /**
   * Sends a statement that the case cannot do without.
   * @throws Inconclusive where the release refuses it
   */
  async prepare(title: string, sql: string): Promise<Outcome> {
    const outcome = await this.attempt(title, sql);
    if (outcome.refusal !== undefined) {
      throw new Inconclusive(`${title} cannot be made: ${outcome.refusal.message} (in: ${opening(sql)})`);
    }

    return outcome;
  }

  /** Asks for something without leaving a trace in the script. */
  async query(sql: string, values?: readonly unknown[]): Promise<readonly Row[]> {
    return await this.session.query(sql, values);
  }

  async catalog(): Promise<Catalog> {
    return await observeCatalog(await this.database.observer());
  }

  async rows(table: string, options: RowOptions): Promise<Rows> {
    return await readRows(askObserver(await this.database.observer()), table, options);
  }

  /** A violation, shown by all that was done so far and one more statement, or by the steps that were applied last. */
  violation({ show, ...telling }: Telling): Violation {
    const before = typeof show === "string" ? this.#done : this.#before(show);
    const shown =
      typeof show === "string" ? { title: "what shows it", sql: terminated(show) } : showingPart(show);

    return { ...telling, script: [...before.map(({ part }) => part), shown] };
  }

  /** A violation if one of the statements that were applied last was refused: the script ends where that happened. */
  refused(applied: readonly Applied[], expected: string, hint?: string): Violation | undefined {
    const refused = refusedIn(applied);
    if (refused === undefined) {
      return undefined;
    }
    const at = this.#done.findLastIndex(({ step }) => step?.file === refused.step.file);

    return {
      expected,
      got: describeRefusal(refused),
      script: [
        ...this.#done.slice(0, at).map(({ part }) => part),
        ...partsUpTo(refused.step, refused.statement),
      ],
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
