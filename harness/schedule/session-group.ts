/**
 * The sessions of a schedule, open on one database, and the watcher that sees them wait. A group runs any number of
 * orders; after each, no transaction, lock, setting or prepared transaction of it is left.
 */
import assert from "node:assert";
import type { Database } from "../database/database-provider.ts";
import type { Session } from "../database/session.ts";
import { HarnessError } from "../errors.ts";
import {
  type InFlightStep,
  LONG_DEADLOCK_TIMEOUT,
  type Scheduler,
  StepRunner,
  type StepRunnerOptions,
  waitForEnd,
} from "./run-steps.ts";
import type { Transcript } from "./schedule.ts";
import { Watcher } from "./watcher.ts";

export interface SessionGroupOptions {
  /** How long a step may take that neither ends nor waits, in milliseconds; default 5,000. */
  readonly limitMs?: number;
  /**
   * `chosen` (default): the last session to wait is the deadlock's victim, each time. That takes a superuser; for other
   * roles, and with `server`, the server's own deadlock_timeout stays.
   */
  readonly deadlocks?: "chosen" | "server";
}

/** How long a cancelled step may take to end, before its session is terminated. */
const CANCEL_LIMIT_MS = 2_000;
const CANCEL_INTERVAL_MS = 20;

export class SessionGroup implements AsyncDisposable {
  readonly #sessions: ReadonlyMap<string, Session>;
  /** Takes no part in the schedule; for use between runs. */
  readonly control: Session;
  readonly #watcher: Watcher;
  readonly #options: StepRunnerOptions;
  /** Sessions that had to be terminated: the group cannot run again. */
  readonly #lost = new Set<string>();

  private constructor(
    sessions: ReadonlyMap<string, Session>,
    control: Session,
    watcher: Watcher,
    options: StepRunnerOptions,
  ) {
    this.#sessions = sessions;
    this.control = control;
    this.#watcher = watcher;
    this.#options = options;
  }

  /**
   * Connects a session for each name, and the watcher.
   * @throws HarnessError where a connection fails; the others are closed
   */
  static async open(
    database: Pick<Database, "connect">,
    names: readonly string[],
    { limitMs = 5_000, deadlocks = "chosen" }: SessionGroupOptions = {},
  ): Promise<SessionGroup> {
    const opened = await Promise.allSettled(["", ...names].map(() => database.connect()));
    const [control, ...sessions] = opened.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    const failed = opened.find((one) => one.status === "rejected");

    try {
      if (failed !== undefined) throw failed.reason;
      assert(control !== undefined, "There is a connection for each name, and one more");
      const byName = new Map(sessions.map((session, index) => [names[index] ?? "", session]));
      assert(byName.size === names.length, "The names of sessions differ");
      const watcher = await Watcher.create(control, byName);
      const choosesVictim =
        deadlocks === "chosen" && (await control.tryExecute(LONG_DEADLOCK_TIMEOUT)).error === undefined;

      return new SessionGroup(byName, control, watcher, { limitMs, choosesVictim });
    } catch (error) {
      await Promise.all([control, ...sessions].map((session) => session?.[Symbol.asyncDispose]()));
      throw error;
    }
  }

  /**
   * Sends statements between runs, each text whole.
   * @param what the statements' name in an error
   * @param name of the session; default the one that takes no part in the schedule
   * @throws HarnessError where one fails
   */
  async execute(what: string, statements: readonly string[], name?: string): Promise<void> {
    const session = name === undefined ? this.control : this.#session(name);
    for (const sql of statements) {
      const { error } = await session.tryExecute(sql);
      if (error !== undefined) {
        throw new HarnessError(
          `${what} failed: ${error.message} (SQLSTATE ${error.code})`,
          "Fix its statements, or the database on which they run",
        );
      }
    }
  }

  /**
   * Sends the steps that the scheduler chooses, each when the one before has ended or waits, until there is none left or
   * one that cannot be sent.
   * @throws HarnessError naming session and step where a step neither ends nor waits within the limit
   */
  async run(scheduler: Scheduler): Promise<Transcript> {
    assert(this.#lost.size === 0, "A group that lost a session cannot run");
    const before = await this.#watcher.listPrepared();
    if (this.#options.choosesVictim) {
      await Promise.all([...this.#sessions.values()].map((session) => session.tryExecute(LONG_DEADLOCK_TIMEOUT)));
    }
    const runner = new StepRunner(this.#sessions, this.#watcher, this.#options);

    let transcript: Transcript;
    try {
      transcript = await runner.run(scheduler);
    } catch (error) {
      // The first error is the cause of any other.
      await Promise.allSettled([this.#reset(runner.inFlight, before)]);
      throw error;
    }
    await this.#reset(runner.inFlight, before);

    return transcript;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.control, ...this.#sessions.values()].map((one) => one[Symbol.asyncDispose]()));
  }

  #session(name: string): Session {
    const session = this.#sessions.get(name);
    assert(session !== undefined, `The group has a session ${name}`);

    return session;
  }

  async #reset(inFlight: readonly InFlightStep[], preparedBefore: readonly string[]): Promise<void> {
    const running = inFlight.filter(({ hasEnded }) => !hasEnded);
    await allSettledOrThrow(running.map((step) => this.#end(step)));
    const cancelled = running.map(({ session }) => session);
    const left = [...this.#sessions].filter(([name]) => !this.#lost.has(name));
    await allSettledOrThrow(left.map(([name, session]) => resetSession(session, cancelled.includes(name))));

    const prepared = await this.#watcher.listPrepared();
    for (const gid of prepared.filter((one) => !preparedBefore.includes(one))) {
      await this.#watcher.rollBackPrepared(gid);
    }
  }

  async #end(step: InFlightStep): Promise<void> {
    const deadline = performance.now() + CANCEL_LIMIT_MS;
    while (!step.hasEnded && performance.now() < deadline) {
      await this.#watcher.cancel(step.session);
      await waitForEnd([step], CANCEL_INTERVAL_MS);
    }
    if (!step.hasEnded) {
      this.#lost.add(step.session);
      await this.#watcher.terminate(step.session);
      await this.#session(step.session)[Symbol.asyncDispose]();
    }
  }
}

/** Waits for all, then throws the first error: a session that is closed within a statement would outlive the group. */
async function allSettledOrThrow(work: readonly Promise<void>[]): Promise<void> {
  await Promise.allSettled(work);
  await Promise.all(work);
}

/** A late cancellation may end the first ROLLBACK of a session, so there is a second one. */
async function resetSession(session: Session, wasCancelled: boolean): Promise<void> {
  const rollbacks = wasCancelled ? 2 : Number(session.isInTransaction);
  for (let sent = 0; sent < rollbacks; sent += 1) await session.tryExecute("ROLLBACK");
  await session.tryExecute("DISCARD ALL");
}
