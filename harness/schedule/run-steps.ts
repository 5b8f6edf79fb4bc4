/**
 * Runs the steps of a schedule: sends one, polls until it has ended or is blocked until another step is sent, and sends
 * the next. Durations decide nothing: a step has ended when its result arrives, and waits when the server
 * names its blockers.
 */
import assert from "node:assert";
import { setTimeout as delay } from "node:timers/promises";
import type { Session, StatementResult } from "../database/session.ts";
import { HarnessError } from "../errors.ts";
import { isQuiescent } from "./blocked-steps.ts";
import {
  type InvalidPermutation,
  type ScheduledStep,
  stepName,
  type Transcript,
  type TranscriptEvent,
} from "./schedule.ts";
import type { Watcher } from "./watcher.ts";

/** Sends a step, or waits, up to the limit, for the end of one that waits, since it may time out. */
export type ScheduleAction = ScheduledStep | { readonly awaits: string };

/** Chooses the next action, knowing which sessions wait; undefined at the end. */
export type Scheduler = (waiting: ReadonlySet<string>) => ScheduleAction | undefined;

export interface StepRunnerOptions {
  readonly limitMs: number;
  /** Sets deadlock_timeout so that the last session to wait is the deadlock's victim. */
  readonly choosesVictim: boolean;
}

const FIRST_POLL_MS = 1;
const LONGEST_POLL_MS = 16;

/** deadlock_timeout for a step that is sent while others wait: it checks for a deadlock first (manual, 19.12). */
const SHORT_TIMEOUT_MS = 8;
/** For a step that is sent while none waits: PostgreSQL's default. A session has it when a run begins. */
export const LONG_DEADLOCK_TIMEOUT = "SET deadlock_timeout = '1s'";
/** After this a check that was due after SHORT_TIMEOUT_MS is over. */
const CHECKED_AFTER_MS = SHORT_TIMEOUT_MS + 6;

export class StepRunner {
  readonly #sessions: ReadonlyMap<string, Session>;
  readonly #watcher: Watcher;
  readonly #options: StepRunnerOptions;
  readonly #events: TranscriptEvent[] = [];
  /** In the order in which they were sent. */
  #inFlight: InFlightStep[] = [];
  /** Sessions whose deadlock_timeout was short: a rollback may bring that back. */
  readonly #shortened = new Set<Session>();

  constructor(sessions: ReadonlyMap<string, Session>, watcher: Watcher, options: StepRunnerOptions) {
    this.#sessions = sessions;
    this.#watcher = watcher;
    this.#options = options;
  }

  get inFlight(): readonly InFlightStep[] {
    return this.#inFlight;
  }

  /** @throws HarnessError where a step neither ends nor waits within the limit */
  async run(scheduler: Scheduler): Promise<Transcript> {
    const next = () => scheduler(new Set(this.#inFlight.map(({ session }) => session)));

    for (let action = next(); action !== undefined; action = next()) {
      if ("awaits" in action) {
        await this.#await(action.awaits);
      } else {
        const invalid = await this.#send(action);
        if (invalid !== undefined) {
          return { events: this.#events, invalid };
        }
      }
    }

    return { events: this.#events };
  }

  async #send(scheduled: ScheduledStep): Promise<InvalidPermutation | undefined> {
    const session = this.#sessions.get(scheduled.session);
    assert(session !== undefined, `The group has a session ${scheduled.session}`);

    // A completion that is only delayed until the next step is recorded first.
    this.#recordEnded({ next: true, session: scheduled.session });
    const busy = this.#inFlight.find((step) => step.session === scheduled.session);
    if (busy !== undefined) {
      return { ...scheduled, waitingStep: busy.scheduled.step, blockedBy: busy.blockedBy };
    }

    const soon = this.#options.choosesVictim && (await this.#setDeadlockTimeout(session));
    const notices = new Map([...this.#sessions.keys()].map((name) => [name, this.#countNotices(name)]));
    const sent = new InFlightStep(scheduled, session, soon, notices);
    this.#inFlight.push(sent);
    await this.#settle();

    const { outcome, blockedBy } = sent;
    const qualified = { session: scheduled.session, step: scheduled.step };
    if (outcome !== undefined && !this.#isDelayed(sent, false)) {
      this.#inFlight = this.#inFlight.filter((one) => one !== sent);
      this.#events.push({ kind: "completed", ...qualified, outcome });
    } else {
      this.#events.push({ kind: "waits", ...qualified, blockedBy });
    }
    this.#recordEnded({ next: true, except: sent });

    return undefined;
  }

  async #await(name: string): Promise<void> {
    const awaited = this.#inFlight.find(({ scheduled }) => stepName(scheduled) === name);
    if (awaited !== undefined) {
      await this.#settle(awaited);
      this.#recordEnded({ next: false });
    }
  }

  /** Waits until every step has ended or is blocked, and `awaited` has ended, if it does within the limit. */
  async #settle(awaited?: InFlightStep): Promise<void> {
    const deadline = performance.now() + this.#options.limitMs;
    for (let pollMs = FIRST_POLL_MS; ; pollMs = Math.min(pollMs * 2, LONGEST_POLL_MS)) {
      const running = this.#running();
      if (running.length === 0) return;
      await waitForEnd(running, pollMs);
      const quiescent = await this.#poll();
      const late = performance.now() > deadline;
      if (quiescent && (awaited === undefined || awaited.hasEnded || late)) return;
      if (late) throw this.#limitError();
    }
  }

  async #poll(): Promise<boolean> {
    const running = this.#running();
    if (running.length === 0) return true;
    const waits = await this.#watcher.readWaits(running.map(({ session }) => session));
    for (const step of running) step.recordWait(waits.get(step.session) ?? [], performance.now());

    return isQuiescent(waits) && running.every(({ hasEnded }) => !hasEnded);
  }

  /** Records ends in the order of sending; one completion may end the delay of another. */
  #recordEnded(now: { readonly next: boolean; readonly session?: string; readonly except?: InFlightStep }): void {
    for (;;) {
      const ended = this.#inFlight.find(
        (step) =>
          step !== now.except &&
          (now.session === undefined || step.session === now.session) &&
          step.outcome !== undefined &&
          !this.#isDelayed(step, now.next),
      );
      if (ended?.outcome === undefined) return;
      const { session, scheduled, outcome } = ended;
      this.#inFlight = this.#inFlight.filter((one) => one !== ended);
      this.#events.push({ kind: "resumes", session, step: scheduled.step, outcome });
    }
  }

  #isDelayed({ scheduled, noticesBefore }: InFlightStep, next: boolean): boolean {
    return (scheduled.delays ?? []).some((each) => {
      if (each.until === "next") return !next;
      if (each.until === "notices") {
        return this.#countNotices(each.session) - (noticesBefore.get(each.session) ?? 0) < each.count;
      }

      return this.#inFlight.some((step) => step.session === each.session && step.scheduled.step.name === each.step);
    });
  }

  #countNotices(session: string): number {
    const step = this.#inFlight.find((one) => one.session === session);
    const results = this.#events.map((event) =>
      event.kind === "waits" || event.session !== session ? undefined : event.outcome,
    );
    const running = step === undefined ? undefined : (step.outcome ?? this.#sessions.get(session));

    return [...results, running].reduce((sum, one) => sum + (one?.notices.length ?? 0), 0);
  }

  /**
   * Makes the last session to wait find a deadlock: it checks soon, while those that waited before have checked already,
   * or check much later. An error of SET does not matter: in a failed transaction nothing can wait.
   * @returns whether the session checks soon
   */
  async #setDeadlockTimeout(session: Session): Promise<boolean> {
    const running = this.#running();
    const checked = Math.max(
      0,
      ...running.map((step) => (step.checksDeadlockSoon ? step.waitingSinceMs + CHECKED_AFTER_MS : 0)),
    );
    for (let left = checked - performance.now(); left > 0; left = checked - performance.now()) {
      await waitForEnd([], left);
    }
    const soon = running.length > 0;
    if (soon) this.#shortened.add(session);
    if (this.#shortened.has(session)) {
      await session.tryExecute(soon ? `SET deadlock_timeout = '${SHORT_TIMEOUT_MS}ms'` : LONG_DEADLOCK_TIMEOUT);
    }

    return soon;
  }

  #running(): readonly InFlightStep[] {
    return this.#inFlight.filter(({ hasEnded }) => !hasEnded);
  }

  #limitError(): HarnessError {
    const running = this.#running();
    const step = running.find(({ blockedBy }) => blockedBy.length === 0) ?? running[0];
    assert(step !== undefined, "A step is running at the limit");
    const { blockedBy, scheduled } = step;
    const waits = blockedBy.length === 0 ? "" : `, in a cycle of waits with ${blockedBy.join(", ")}`;

    return new HarnessError(
      `The step ${stepName(scheduled)} neither ended nor waited for a lock within ${this.#options.limitMs} ms${waits}`,
      "Check what the step does, or raise the limit",
    );
  }
}

export class InFlightStep {
  readonly scheduled: ScheduledStep;
  readonly session: string;
  /** Settles when the step has ended in any way; never rejects. */
  readonly ended: Promise<void>;
  blockedBy: readonly string[] = [];
  /** When it was first seen to wait for these blockers; 0 before. */
  waitingSinceMs = 0;
  readonly checksDeadlockSoon: boolean;
  readonly noticesBefore: ReadonlyMap<string, number>;
  #outcome: StatementResult | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(
    scheduled: ScheduledStep,
    session: Session,
    checksDeadlockSoon: boolean,
    noticesBefore: ReadonlyMap<string, number>,
  ) {
    this.scheduled = scheduled;
    this.session = scheduled.session;
    this.checksDeadlockSoon = checksDeadlockSoon;
    this.noticesBefore = noticesBefore;
    this.ended = session.tryExecute(scheduled.step.sql).then(
      (outcome) => {
        this.#outcome = outcome;
      },
      (error: unknown) => {
        this.#failure = { error };
      },
    );
  }

  get hasEnded(): boolean {
    return this.#outcome !== undefined || this.#failure !== undefined;
  }

  /**
   * The step's result, undefined while it runs.
   * @throws what the session threw, as for a lost connection
   */
  get outcome(): StatementResult | undefined {
    if (this.#failure !== undefined) throw this.#failure.error;

    return this.#outcome;
  }

  /** Records what it waits for now; a wait for other blockers starts again. */
  recordWait(blockedBy: readonly string[], nowMs: number): void {
    if (this.waitingSinceMs === 0 || blockedBy.join() !== this.blockedBy.join()) this.waitingSinceMs = nowMs;
    this.blockedBy = blockedBy;
  }
}

/** Waits until one of the steps has ended, or `timeoutMs` have passed. */
export async function waitForEnd(steps: readonly InFlightStep[], timeoutMs: number): Promise<void> {
  await Promise.race([delay(timeoutMs), ...steps.map(({ ended }) => ended)]);
}
