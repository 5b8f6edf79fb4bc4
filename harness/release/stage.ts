/**
 * A database on which a release is played out. It writes down all that was done to it, so that whatever goes wrong can
 * be shown again by a script that begins with an empty database.
 */
import { type Catalog, readCatalog } from "../catalog/facts.ts";
import { type RowOptions, type Rows, readRows } from "../catalog/rows.ts";
import type { Database } from "../database/databases.ts";
import { type Outcome, opening, type Row, type Session } from "../database/session.ts";
import { Undecided } from "../property/property.ts";
import type { ScriptPart, Violation } from "../property/verdict.ts";
import { type Applied, apply, describeRefusal, refusedIn } from "./apply.ts";
import type { Statement, Step } from "./release.ts";

/** What a violation says beside its script. */
export interface Telling {
  readonly expected: string;
  readonly got: string;
  /** The statement that shows it. */
  readonly show: string;
  readonly hint?: string;
}

export class Stage {
  readonly database: Database;
  readonly session: Session;
  readonly #script: ScriptPart[];

  private constructor(database: Database, session: Session, script: readonly ScriptPart[]) {
    this.database = database;
    this.session = session;
    this.#script = [...script];
  }

  /** @param script what made the database: the beginning of every script */
  static async open(database: Database, script: readonly ScriptPart[]): Promise<Stage> {
    return new Stage(database, await database.connect(), script);
  }

  /** Applies whole steps. */
  async apply(steps: readonly Step[]): Promise<readonly Applied[]> {
    this.#script.push(...steps.map(partOf));

    return await apply(this.session, steps);
  }

  /** Applies a part of a step: the statements that are given, which are the step's first ones. */
  async applyFirst(step: Step, statements: readonly Statement[]): Promise<readonly Applied[]> {
    const whole = statements.length === step.statements.length;
    const title = `${step.path}, the first ${statements.length} of ${step.statements.length} statements`;
    this.#script.push(whole ? partOf(step) : { title, sql: joined(statements), ofRelease: true });

    return await apply(this.session, [{ ...step, statements }]);
  }

  /** Sends a statement of the case's own. */
  async attempt(title: string, sql: string): Promise<Outcome> {
    this.#script.push({ title, sql: terminated(sql) });

    return await this.session.attempt(sql);
  }

  /**
   * Sends a statement that the case cannot do without.
   * @throws Undecided where the release refuses it
   */
  async prepare(title: string, sql: string): Promise<Outcome> {
    const outcome = await this.attempt(title, sql);
    if (outcome.refusal !== undefined) {
      throw new Undecided(`${title} cannot be made: ${outcome.refusal.message} (in: ${opening(sql)})`);
    }

    return outcome;
  }

  /** Asks for something without leaving a trace in the script. */
  async query(sql: string, values?: readonly unknown[]): Promise<readonly Row[]> {
    return await this.session.query(sql, values);
  }

  async catalog(): Promise<Catalog> {
    return await readCatalog(this.#ask);
  }

  async rows(table: string, options: RowOptions): Promise<Rows> {
    return await readRows(this.#ask, table, options);
  }

  /** A violation, shown by all that was done so far and one more statement. */
  violation({ show, ...telling }: Telling): Violation {
    return { ...telling, script: [...this.#script, { title: "What shows it", sql: terminated(show) }] };
  }

  /** A violation if one of the statements that were applied last was refused: the statement itself shows it. */
  refused(applied: readonly Applied[], expected: string, hint?: string): Violation | undefined {
    const refused = refusedIn(applied);

    return refused === undefined
      ? undefined
      : this.violation({
          expected,
          got: describeRefusal(refused),
          show: refused.statement.text,
          ...(hint === undefined ? {} : { hint }),
        });
  }

  readonly #ask = async (sql: string, values?: unknown[]): Promise<{ rows: Record<string, unknown>[] }> => ({
    rows: [...(await this.session.query(sql, values))],
  });
}

/** A step as a part of a script, as it stands in its file. */
export function partOf(step: Step): ScriptPart {
  return { title: step.path, sql: step.source, ofRelease: true };
}

function joined(statements: readonly Statement[]): string {
  return statements.map(({ kind, text }) => (kind === "meta" ? text : terminated(text))).join("\n\n");
}

function terminated(sql: string): string {
  return /;\s*$/.test(sql) ? sql : `${sql};`;
}
