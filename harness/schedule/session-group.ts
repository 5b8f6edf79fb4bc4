/**
 * The sessions of a schedule, open on one database, and the watcher that sees them wait. A cast plays as often as one
 * likes; after each play nothing of it is left: no transaction, lock, setting or prepared transaction.
 */
import assert from "node:assert";
import type { Database } from "../database/databases.ts";
import type { Outcome, Row, Session } from "../database/session.ts";
import { HarnessError } from "../errors.ts";
import { endOrPause, type Flight } from "./in-flight-step.ts";
import { type Director, Play } from "./run-steps.ts";
import type { Transcript } from "./schedule.ts";
import { Watcher } from "./watcher.ts";

export interface CastOptions {
  /** How long a step may take that neither ends nor waits, in milliseconds; 5,000 unless told. */
  readonly limitMs?: number;
  /**
   * `chosen` (the default): whoever waits last finds the deadlock, and soon, so the victim is the same each time. That
   * takes a superuser; for anyone else, and with `server`, the server's own deadlock_timeout is left as it is.
   */
  readonly deadlocks?: "chosen" | "server";
}

/** How long a cancelled step may take to end, before its session is ended instead. */
const CANCEL_LIMIT_MS = 2_000;
const CANCEL_PAUSE_MS = 20;

export class Cast implements AsyncDisposable {
  readonly #sessions: ReadonlyMap<string, Session>;
  readonly #control: Session;
  readonly #watcher: Watcher;
  readonly #limitMs: number;
  readonly #choosesVictim: boolean;
  /** Sessions that had to be ended: the cast cannot play again. */
  readonly #lost = new Set<string>();

  private constructor(
    sessions: ReadonlyMap<string, Session>,
    control: Session,
    watcher: Watcher,
    limitMs: number,
    choosesVictim: boolean,
  ) {
    this.#sessions = sessions;
    this.#control = control;
    this.#watcher = watcher;
    this.#limitMs = limitMs;
    this.#choosesVictim = choosesVictim;
  }

  /**
   * Connects a session for each name, and the watcher.
   * @throws HarnessError when the server does not take the connections; those that it took are closed
   */
  static async open(
    database: Pick<Database, "connect">,
    names: readonly string[],
    { limitMs = 5_000, deadlocks = "chosen" }: CastOptions = {},
  ): Promise<Cast> {
    const opened = await Promise.allSettled(["", ...names].map(() => database.connect()));
    const [control, ...sessions] = opened.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    const failed = opened.find((one) => one.status === "rejected");

    try {
      if (failed !== undefined) {
        throw failed.reason;
      }
      assert(control !== undefined, "There is a connection for each name, and one more");
      const byName = new Map(sessions.map((session, index) => [names[index] ?? "", session]));
      assert(byName.size === names.length, "The names of sessions differ");
      const watcher = await Watcher.over(control, byName);
      const may = deadlocks === "chosen" && (await maySetDeadlockTimeout(control));

      return new Cast(byName, control, watcher, limitMs, may);
    } catch (error) {
      await Promise.all([control, ...sessions].map((session) => session?.[Symbol.asyncDispose]()));
      throw error;
    }
  }

  get names(): readonly string[] {
    return [...this.#sessions.keys()];
  }

  /**
   * Sends statements that belong to no session: what is there before a play, and goes after it. Each text is sent whole.
   * @throws HarnessError where one is refused
   */
  async arrange(what: string, statements: readonly string[]): Promise<void> {
    for (const sql of statements) {
      await insist(this.#control, what, sql);
    }
  }

  /** Sends a statement that belongs to no session, in between plays; a refusal is a value. */
  async attempt(sql: string): Promise<Outcome> {
    return await this.#control.attempt(sql);
  }

  /** Asks for something that the harness relies on, in between plays. */
  async query(sql: string): Promise<readonly Row[]> {
    return await this.#control.query(sql);
  }

  /**
   * Sends a statement in a session of the cast, in between plays.
   * @throws HarnessError where it is refused
   */
  async arrangeIn(session: string, what: string, sql: string): Promise<void> {
    await insist(this.#sessionOf(session), what, sql);
  }

  /**
   * Sends the steps that the director names, each when the one before has ended or waits, until there is no further one
   * or one that cannot be sent.
   * @throws HarnessError naming session and step where a step neither ends nor waits within the limit
   */
  async play(director: Director): Promise<Transcript> {
    assert(this.#lost.size === 0, "A cast that lost a session plays no more");
    const before = await this.#watcher.prepared();
    const play = new Play(this.#sessions, this.#watcher, {
      limitMs: this.#limitMs,
      choosesVictim: this.#choosesVictim,
    });

    const [played] = await Promise.allSettled([play.follow(director)]);
    const [cleared] = await Promise.allSettled([this.#clear(play.flights, before)]);
    // What went wrong first is what is told.
    for (const one of [played, cleared]) {
      if (one.status === "rejected") {
        throw one.reason;
      }
    }
    assert(played.status === "fulfilled");

    return played.value;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.#control, ...this.#sessions.values()].map((one) => one[Symbol.asyncDispose]()));
  }

  #sessionOf(name: string): Session {
    const session = this.#sessions.get(name);
    assert(session !== undefined, `The cast has a session ${name}`);

    return session;
  }

  async #clear(flights: readonly Flight[], preparedBefore: readonly string[]): Promise<void> {
    const open = flights.filter(({ hasEnded }) => !hasEnded);
    await allEnded(open.map((flight) => this.#end(flight)));
    const left = [...this.#sessions].filter(([name]) => !this.#lost.has(name));
    await allEnded(left.map(([, session]) => reset(session)));

    const prepared = await this.#watcher.prepared();
    for (const gid of prepared.filter((one) => !preparedBefore.includes(one))) {
      await this.#watcher.rollBackPrepared(gid);
    }
  }

  async #end(flight: Flight): Promise<void> {
    const deadline = performance.now() + CANCEL_LIMIT_MS;
    while (!flight.hasEnded && performance.now() < deadline) {
      await this.#watcher.cancel(flight.session);
      await endOrPause([flight], CANCEL_PAUSE_MS);
    }
    if (!flight.hasEnded) {
      this.#lost.add(flight.session);
      await this.#watcher.terminate(flight.session);
      await this.#sessionOf(flight.session)[Symbol.asyncDispose]();
    }
  }
}

async function maySetDeadlockTimeout(session: Session): Promise<boolean> {
  const { refusal } = await session.attempt("SET deadlock_timeout = '1s'");

  return refusal === undefined;
}

async function insist(session: Session, what: string, sql: string): Promise<void> {
  const { refusal } = await session.attempt(sql);
  if (refusal !== undefined) {
    throw new HarnessError(
      `${what} was refused: ${refusal.message} (SQLSTATE ${refusal.code})`,
      "Mend its statements, or the database on which they run",
    );
  }
}

/** Waits for each, and throws the first that failed: closed amid a statement, a session would outlive the cast. */
async function allEnded(work: readonly Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(work)).find((one) => one.status === "rejected");
  if (failed !== undefined) {
    throw failed.reason;
  }
}

/** A cancellation that comes late may hit the first ROLLBACK, so there is a second one. */
async function reset(session: Session): Promise<void> {
  for (const sql of ["ROLLBACK", "ROLLBACK", "DISCARD ALL"]) {
    await session.attempt(sql);
  }
}
