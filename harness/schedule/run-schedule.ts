/**
 * Runs a schedule that people write: in its own order, in every interleaving of its sessions, or in a sample of them
 * where they are many. The setup prepares the database before each order.
 */

import { findDeviation, parseOrder, parseSessions, type SessionDefinitions, toActions } from "./order.ts";
import type { ScheduleSession, Transcript } from "./schedule.ts";
import { countInterleavings, interleavingScheduler, sampleInterleavings, sequentialScheduler } from "./schedulers.ts";
import type { SessionGroup } from "./session-group.ts";

export interface Schedule {
  readonly sessions: SessionDefinitions;
  /** `session.step`, with `waits` and `resumes` where it matters; default every interleaving. */
  readonly order?: readonly string[];
  /** Sent before each order, by none of the sessions. */
  readonly setup?: readonly string[];
  readonly teardown?: readonly string[];
}

interface InterleavingLimit {
  /** How many interleavings run at most; default 200. */
  readonly maxRuns?: number;
  readonly seed?: number;
}

interface ScheduleRun {
  readonly transcript: Transcript;
  readonly deviation?: string;
}

interface ScheduleResult {
  readonly sessions: readonly ScheduleSession[];
  readonly runs: readonly ScheduleRun[];
  /** How many interleavings there are; 1 where the schedule has an order. */
  readonly interleavings: number;
  readonly invalid: number;
}

/**
 * Runs a schedule with a group that has its sessions.
 * @throws HarnessError where the order or the names are wrong, setup or teardown fails, or a step neither ends nor waits
 */
export async function runSchedule(
  group: SessionGroup,
  schedule: Schedule,
  { maxRuns = 200, seed = 1 }: InterleavingLimit = {},
): Promise<ScheduleResult> {
  const { setup = [], teardown = [] } = schedule;
  const sessions = parseSessions(schedule.sessions);
  const lengths = sessions.map(({ steps }) => steps.length);
  const order = schedule.order === undefined ? undefined : parseOrder(sessions, schedule.order);
  const schedulers =
    order === undefined
      ? sampleInterleavings(lengths, maxRuns, seed).map((one) => interleavingScheduler(sessions, one))
      : [sequentialScheduler(toActions(order))];
  const runs: ScheduleRun[] = [];

  for (const scheduler of schedulers) {
    await group.execute("The setup of the schedule", setup);
    const transcript = await group.run(scheduler);
    await group.execute("The teardown of the schedule", teardown);
    const deviation = order === undefined ? undefined : findDeviation(order, transcript);
    runs.push({ transcript, ...(deviation === undefined ? {} : { deviation }) });
  }

  return {
    sessions,
    runs,
    interleavings: order === undefined ? countInterleavings(lengths) : 1,
    invalid: runs.filter(({ transcript }) => transcript.invalid !== undefined).length,
  };
}
