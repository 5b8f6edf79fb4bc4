/**
 * A schedule written by hand, played: in its own order, or in every order that its sessions can have, or in a sample of
 * them where they are many. Between two orders the database is made as it was before.
 */

import { countInterleavings, sampleInterleavings } from "./interleavings.ts";
import { deviationOf, partsOf, readOrder, turnsOf, type WrittenSessions } from "./order.ts";
import type { Part, Transcript } from "./schedule.ts";
import { inTurn, interleaved } from "./schedulers.ts";
import type { Cast } from "./session-group.ts";

export interface Schedule {
  /** By session and step: SQL. */
  readonly sessions: WrittenSessions;
  /** `session.step`, with `waits` and `resumes` where it matters; every interleaving where it is missing. */
  readonly order?: readonly string[];
  /** Sent before each order, outside the sessions. */
  readonly setup?: readonly string[];
  /** Sent after each order. */
  readonly teardown?: readonly string[];
}

export interface Sampling {
  /** Interleavings that are played at most; 200 unless told. */
  readonly most?: number;
  readonly seed?: number;
}

/** An order that was played. */
export interface Played {
  readonly transcript: Transcript;
  /** Where the transcript is not what the order says. */
  readonly deviation?: string;
}

/** What came of a schedule. `played` of the `possible` interleavings were tried; the impossible ones are among them. */
export interface PlayedSchedule {
  readonly parts: readonly Part[];
  readonly runs: readonly Played[];
  /** Interleavings that the sessions have; 1 where the schedule has an order. */
  readonly interleavings: number;
  /** Of those that were tried, how many cannot happen, since a step was due while its session waited. */
  readonly impossible: number;
}

/**
 * Plays a schedule with a cast that has its sessions.
 * @throws HarnessError where the order or the names are wrong, setup or teardown is refused, or a step does not answer
 */
export async function playSchedule(
  cast: Cast,
  schedule: Schedule,
  { most = 200, seed = 1 }: Sampling = {},
): Promise<PlayedSchedule> {
  const parts = partsOf(schedule.sessions);
  if (schedule.order !== undefined) {
    const order = readOrder(parts, schedule.order);
    const transcript = await between(cast, schedule, () => cast.play(inTurn(turnsOf(order))));
    const deviation = deviationOf(order, transcript);
    const run = { transcript, ...(deviation === undefined ? {} : { deviation }) };

    return { parts, runs: [run], interleavings: 1, impossible: transcript.impossible === undefined ? 0 : 1 };
  }

  const lengths = parts.map(({ steps }) => steps.length);
  const runs: Played[] = [];
  for (const order of sampleInterleavings(lengths, most, seed)) {
    runs.push({ transcript: await between(cast, schedule, () => cast.play(interleaved(parts, order))) });
  }

  return {
    parts,
    runs,
    interleavings: countInterleavings(lengths),
    impossible: runs.filter(({ transcript }) => transcript.impossible !== undefined).length,
  };
}

async function between<Result>(
  cast: Cast,
  { setup = [], teardown = [] }: Schedule,
  work: () => Promise<Result>,
): Promise<Result> {
  await cast.arrange("The setup of the schedule", setup);
  const result = await work();
  await cast.arrange("The teardown of the schedule", teardown);

  return result;
}
