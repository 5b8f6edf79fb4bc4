/**
 * Schedulers: a list of actions, an interleaving, or picks that skip sessions that cannot go on (pure).
 */
import type { ScheduleAction, Scheduler } from "./run-steps.ts";
import type { ScheduledStep, ScheduleSession } from "./schedule.ts";

/** One action after the other. */
export function sequentialScheduler(actions: readonly ScheduleAction[]): Scheduler {
  const left = actions.values();

  return () => left.next().value;
}

/** Each index of a session sends its next step. */
export function interleavingScheduler(sessions: readonly ScheduleSession[], order: readonly number[]): Scheduler {
  const next = nextSteps(sessions);

  return sequentialScheduler(order.flatMap((index) => next(index) ?? []));
}

/**
 * Each pick, modulo the number of sessions, is a session: it sends its next step, or is skipped where it waits or has
 * none. After the picks the first session that can go on does. So every list of picks is an order that can happen.
 */
export function pickingScheduler(sessions: readonly ScheduleSession[], picks: readonly number[]): Scheduler {
  const next = nextSteps(sessions);
  const left = picks.map((pick) => pick % sessions.length);

  return (waiting) => {
    for (const index of [...left, ...sessions.keys()]) {
      left.shift();
      const step = waiting.has(sessions[index]?.session ?? "") ? undefined : next(index);
      if (step !== undefined) return step;
    }

    return undefined;
  };
}

function nextSteps(sessions: readonly ScheduleSession[]): (index: number) => ScheduledStep | undefined {
  const left = sessions.map(({ steps }) => [...steps]);

  return (index) => {
    const step = left[index]?.shift();
    const session = sessions[index]?.session;

    return step === undefined || session === undefined ? undefined : { session, step };
  };
}
