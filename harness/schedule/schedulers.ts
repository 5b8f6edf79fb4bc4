/**
 * Schedulers: a list of actions, an interleaving, or picks that skip sessions that cannot go on; and the enumeration of
 * interleavings (pure). An order is a list of sessions by index, which keeps the order of each session's own steps.
 */
import type { ScheduleAction, Scheduler } from "./run-steps.ts";
import type { ScheduledStep, ScheduleSession } from "./schedule.ts";

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

/** How many orders there are; exact below 2⁵³, Infinity where it is too large. */
export function countInterleavings(lengths: readonly number[]): number {
  let count = 1n;
  let placed = 0n;
  for (const length of lengths) {
    // The binomial coefficient: each product is divisible by its step.
    for (let step = 1n; step <= BigInt(length); step += 1n) {
      placed += 1n;
      count = (count * placed) / step;
    }
  }

  return Number(count);
}

/** All orders, the first session's steps as early as possible first. */
export function* interleavings(lengths: readonly number[]): Generator<readonly number[]> {
  if (lengths.every((length) => length === 0)) {
    yield [];
    return;
  }
  for (const [session, length] of lengths.entries()) {
    if (length > 0) for (const rest of interleavings(lengths.with(session, length - 1))) yield [session, ...rest];
  }
}

/**
 * All orders where there are at most `max`; otherwise `max` different ones, each order equally likely. The same seed
 * gives the same sample.
 */
export function sampleInterleavings(
  lengths: readonly number[],
  max: number,
  seed: number,
): readonly (readonly number[])[] {
  if (countInterleavings(lengths) <= max) return [...interleavings(lengths)];
  const random = createRandom(seed);
  const sample = new Map<string, readonly number[]>();
  while (sample.size < max) {
    const order = drawOrder(lengths, random);
    sample.set(order.join(), order);
  }

  return [...sample.values()];
}

/** Chooses each session with the probability of its share of the remaining steps, so all orders are equally likely. */
function drawOrder(lengths: readonly number[], random: () => number): readonly number[] {
  const left = [...lengths];
  const total = lengths.reduce((sum, length) => sum + length, 0);

  return Array.from({ length: total }, (_, placed) => {
    let at = Math.floor(random() * (total - placed));
    const session = left.findIndex((length) => {
      at -= length;
      return at < 0;
    });
    left[session] = (left[session] ?? 0) - 1;

    return session;
  });
}

/** Mulberry32: small, and the same on every machine. Numbers from 0 to below 1. */
function createRandom(seed: number): () => number {
  let state = seed | 0;

  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);

    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
