import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DEFAULT_BOUNDS, type PairedTiming, roundsMin, testRatio } from "./ratio.ts";

/** How a machine disturbs what is measured on it. */
interface Noise {
  /** The largest factor by which a whole round is slowed down. */
  readonly swing: number;
  /** How often only one of the two is disturbed, and how much. */
  readonly burstShare: number;
  readonly burst: number;
  /** The spread of what is left: the logarithm is so wide. */
  readonly spread: number;
}

const noises = (): fc.Arbitrary<Noise> =>
  fc.record({
    swing: fc.double({ min: 1, max: 2.7, noNaN: true }),
    burstShare: fc.double({ min: 0, max: 0.5, noNaN: true }),
    burst: fc.double({ min: 1, max: 2.7, noNaN: true }),
    spread: fc.double({ min: 0.001, max: 1, noNaN: true }),
  });

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;

  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;

    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function roundsUnder(noise: Noise, slowdown: number, count: number, random: () => number): PairedTiming[] {
  const turn = () =>
    (random() < noise.burstShare ? noise.burst : 1) * Math.exp(noise.spread * (random() + random() - 1));
  // As rounds are taken: the faster of two turns counts.
  const alone = () => Math.min(turn(), turn());

  return Array.from({ length: count }, () => {
    const shared = 1 + random() * (noise.swing - 1);

    return { candidate: slowdown * shared * alone(), baseline: shared * alone() };
  });
}

/** The same logarithms as ranks, those of `negative` with the other sign. */
function roundsOfRanks(count: number, negative: readonly number[]): PairedTiming[] {
  return Array.from({ length: count }, (_, index) => {
    const rank = index + 1;

    return { candidate: Math.exp((negative.includes(rank) ? -rank : rank) / 100), baseline: 1 };
  });
}

describe("the rate of false alarms", () => {
  test("a candidate just at the bound is called slower no more often than stated, under any noise", () => {
    const trials = 2000;
    // What a rate of 1 % gives in 2,000 trials is above this once in 100,000 times.
    const alarmsMax = 41;

    fc.assert(
      fc.property(noises(), fc.integer(), fc.integer({ min: 8, max: 24 }), (noise, seed, count) => {
        const random = randomFrom(seed);
        let alarms = 0;
        for (let trial = 0; trial < trials; trial += 1) {
          const bounds = { slowerThan: 1, falseAlarmRate: 0.01 };
          alarms += testRatio(roundsUnder(noise, 1, count, random), bounds).slower ? 1 : 0;
        }

        expect(alarms).toBeLessThanOrEqual(alarmsMax);
      }),
      { numRuns: 8 },
    );
  });

  test("with the default bounds, 2,000 comparisons of a query with itself raise no alarm", () => {
    const random = randomFrom(1);
    const noise = { swing: 2.7, burstShare: 0.2, burst: 2.7, spread: 0.3 };
    const alarms = Array.from({ length: 2000 }, () => testRatio(roundsUnder(noise, 1, 20, random)));

    expect(alarms.filter(({ slower }) => slower)).toEqual([]);
  });

  // The critical values of the one-sided test at 0.5 %, from the published tables.
  test.each([
    [8, 0, [1]],
    [10, 3, [4]],
    [15, 15, [1, 15]],
    [20, 37, [18, 20]],
    [25, 68, [20, 24, 25]],
  ])("of %i rounds, a rank sum of %i is an alarm and one more is none", (count, sum, above) => {
    const bounds = { slowerThan: 1, falseAlarmRate: 0.005 };
    const [first = 0, ...others] = above;
    const at = first === 1 ? others : [first - 1, ...others];

    expect(above.reduce((total, rank) => total + rank, 0)).toBe(sum + 1);
    expect(testRatio(roundsOfRanks(count, at), bounds).slower).toBe(true);
    expect(testRatio(roundsOfRanks(count, above), bounds).slower).toBe(false);
  });
});

describe("what is slower is found", () => {
  test("a candidate that takes twice the time is found in 999 of 1,000 comparisons under noise", () => {
    const random = randomFrom(2);
    const noise = { swing: 2.7, burstShare: 0.05, burst: 2.7, spread: 0.2 };
    const found = Array.from({ length: 1000 }, () => testRatio(roundsUnder(noise, 2, 20, random)));

    expect(found.filter(({ slower }) => slower).length).toBeGreaterThanOrEqual(999);
  });

  test("a candidate that is slower, but within the bound, is no alarm", () => {
    const rounds = roundsUnder({ swing: 2.7, burstShare: 0, burst: 1, spread: 0.01 }, 1.2, 20, randomFrom(3));
    const { ratio, interval, slower } = testRatio(rounds);

    expect(ratio).toBeCloseTo(1.2, 1);
    expect(interval.low).toBeGreaterThan(1.1);
    expect(slower).toBe(false);
  });
});

test("the ratio is inside its interval, and swapping candidate and baseline inverts both", () => {
  fc.assert(
    fc.property(noises(), fc.integer(), fc.integer({ min: 10, max: 40 }), (noise, seed, count) => {
      const rounds = roundsUnder(noise, 1.5, count, randomFrom(seed));
      const { ratio, interval } = testRatio(rounds);
      const turned = testRatio(rounds.map((each) => ({ candidate: each.baseline, baseline: each.candidate })));

      expect(interval.low).toBeLessThanOrEqual(ratio);
      expect(ratio).toBeLessThanOrEqual(interval.high);
      expect(turned.ratio).toBeCloseTo(1 / ratio, 9);
      expect(turned.interval.low).toBeCloseTo(1 / interval.high, 9);
    }),
  );
});

test("fewer rounds than an alarm takes fail an assertion", () => {
  const least = roundsMin(DEFAULT_BOUNDS.falseAlarmRate);

  expect(least).toBe(10);
  expect(testRatio(roundsOfRanks(least, [])).rounds).toBe(least);
  expect(() => testRatio(roundsOfRanks(least - 1, []))).toThrow("at least 10 rounds");
  expect(() => testRatio(Array.from({ length: 10 }, () => ({ candidate: 0, baseline: 1 })))).toThrow("positive times");
});
