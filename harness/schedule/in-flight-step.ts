/**
 * A step that was sent and whose completion is not yet in the transcript.
 */
import type { Session, StatementResult } from "../database/session.ts";
import type { ScheduledStep } from "./schedule.ts";

export class InFlightStep {
  readonly scheduled: ScheduledStep;
  readonly session: string;
  /** Settles when the step has ended in any way; never rejects. */
  readonly ended: Promise<void>;
  blockedBy: readonly string[] = [];
  /** When it was first seen to wait for these blockers; 0 before. */
  waitingSinceMs = 0;
  /** Whether its session has the short deadlock_timeout. */
  readonly checksDeadlockSoon: boolean;
  /** The count of notices by session, when it was sent. */
  readonly noticesBefore: ReadonlyMap<string, number>;
  #outcome: StatementResult | undefined;
  #failure: { readonly error: unknown } | undefined;

  /** Sends the step. */
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
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeoutMs);
  });
  await Promise.race([timeout, ...steps.map(({ ended }) => ended)]);
  clearTimeout(timer);
}
