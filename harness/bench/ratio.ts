/**
 * Tests whether a candidate is slower than a baseline by more than a bound: the exact Wilcoxon signed-rank test on the
 * logarithms of paired ratios. A machine that slows down for a whole round slows both and leaves the ratio as it is.
 */
import assert from "node:assert";
import { medianSorted } from "simple-statistics";

/** The times of both in one round, in the same unit. */
export interface PairedTiming {
  readonly candidate: number;
  readonly baseline: number;
}

export interface RatioBounds {
  /** The candidate may take up to this multiple of the baseline's time. */
  readonly slowerThan: number;
  /** The probability, at most, that a candidate within the bound is called slower. */
  readonly falseAlarmRate: number;
}

/** A quarter more, and one false alarm in a thousand for a candidate just at that bound. */
export const DEFAULT_BOUNDS: RatioBounds = { slowerThan: 1.25, falseAlarmRate: 0.001 };

export interface RatioTest extends RatioBounds {
  /** The Hodges-Lehmann estimate of the paired ratios; above 1 the candidate is slower. */
  readonly ratio: number;
  /** The confidence interval of the ratio: each end is wrong with at most the false alarm rate. */
  readonly interval: { readonly low: number; readonly high: number };
  /** Whether the lower end of the interval is above the bound. */
  readonly slower: boolean;
  readonly rounds: number;
  readonly test: typeof TEST;
}

const TEST = "Wilcoxon signed-rank, exact";

/** The fewest rounds that can give an alarm at this rate. */
export function roundsMin(falseAlarmRate: number): number {
  return Math.ceil(-Math.log2(falseAlarmRate));
}

/**
 * Compares candidate and baseline over independent rounds. The false alarm rate holds for any noise, however heavy, that
 * has the same distribution for both.
 * @param rounds at least `roundsMin` of them, of positive times
 */
export function testRatio(rounds: readonly PairedTiming[], bounds: RatioBounds = DEFAULT_BOUNDS): RatioTest {
  const least = roundsMin(bounds.falseAlarmRate);
  assert(rounds.length >= least, `An alarm at this rate takes at least ${least} rounds`);
  const averages = walshAverages(rounds.map(logRatio));
  const outside = criticalRankSum(rounds.length, bounds.falseAlarmRate);
  const low = Math.exp(averages[outside] ?? Number.NaN);
  const high = Math.exp(averages[averages.length - 1 - outside] ?? Number.NaN);

  return {
    ...bounds,
    ratio: Math.exp(medianSorted(averages)),
    interval: { low, high },
    slower: low > bounds.slowerThan,
    rounds: rounds.length,
    test: TEST,
  };
}

function logRatio({ candidate, baseline }: PairedTiming): number {
  assert(candidate > 0 && baseline > 0, "Only positive times can be compared");

  return Math.log(candidate / baseline);
}

/**
 * The means of all pairs, each value also paired with itself, in order. As many of them are above a number as the rank
 * sum of the values above it: this turns the test into an interval.
 */
function walshAverages(values: readonly number[]): number[] {
  return values
    .flatMap((one, index) => values.slice(index).map((other) => (one + other) / 2))
    .sort((one, other) => one - other);
}

/** The largest rank sum whose cumulative probability, with random signs, is at most this. */
function criticalRankSum(count: number, probability: number): number {
  const probabilities = rankSumProbabilities(count);
  let cumulative = 0;
  let sum = -1;
  while (cumulative + (probabilities[sum + 1] ?? 1) <= probability) {
    sum += 1;
    cumulative += probabilities[sum] ?? 0;
  }

  return sum;
}

/** The probability of each sum of a random subset of the ranks 1 to `count`. */
function rankSumProbabilities(count: number): readonly number[] {
  let probabilities: readonly number[] = [1];
  for (let rank = 1; rank <= count; rank += 1) {
    const before = probabilities;
    probabilities = Array.from(
      { length: before.length + rank },
      (_, sum) => ((before[sum] ?? 0) + (before[sum - rank] ?? 0)) / 2,
    );
  }

  return probabilities;
}
