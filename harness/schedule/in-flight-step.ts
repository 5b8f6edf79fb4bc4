/**
 * A step under way: sent, and not yet told as ended.
 */
import type { Outcome, Session } from "../database/session.ts";
import type { Cue } from "./schedule.ts";

export class Flight {
  readonly cue: Cue;
  readonly session: string;
  /** Settles when the step has ended in whatever way; never rejects. */
  readonly ended: Promise<void>;
  blockedBy: readonly string[] = [];
  /** When it was first seen to wait for these blockers. */
  seenMs = 0;
  /** Whether the server looks soon for a deadlock, once it waits. */
  readonly looksSoon: boolean;
  /** Notices that each session had brought when it was sent. */
  readonly noticesBefore: ReadonlyMap<string, number>;
  #outcome: Outcome | undefined;
  #failure: { readonly error: unknown } | undefined;

  /** Sends the step. */
  constructor(
    cue: Cue,
    session: Session,
    {
      looksSoon,
      noticesBefore,
    }: { readonly looksSoon: boolean; readonly noticesBefore: ReadonlyMap<string, number> },
  ) {
    this.cue = cue;
    this.looksSoon = looksSoon;
    this.session = cue.session;
    this.noticesBefore = noticesBefore;
    this.ended = session.attempt(cue.step.sql).then(
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
   * What came of it, undefined while it is under way.
   * @throws what the session threw: a server that went away
   */
  get outcome(): Outcome | undefined {
    if (this.#failure !== undefined) {
      throw this.#failure.error;
    }

    return this.#outcome;
  }

  /** Keeps whom it waits for; a wait for someone else is a new wait. */
  seenWaiting(blockedBy: readonly string[], nowMs: number): void {
    if (this.seenMs === 0 || blockedBy.join() !== this.blockedBy.join()) {
      this.seenMs = nowMs;
    }
    this.blockedBy = blockedBy;
  }
}

/** Waits until one of the flights has ended, or so many milliseconds have passed. */
export async function endOrPause(flights: readonly Flight[], pauseMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const pause = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, pauseMs);
  });
  await Promise.race([pause, ...flights.map(({ ended }) => ended)]);
  clearTimeout(timer);
}
