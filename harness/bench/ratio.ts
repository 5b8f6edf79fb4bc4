/**
 * Time decides only as a ratio in one run, by the exact Wilcoxon signed-rank test on the logarithms of paired ratios,
 * and only beyond a minimal effect: what is tested is not whether the candidate is slower, but whether it is slower
 * than the bound. A machine that slows down for a whole round slows both down, and leaves the ratio as it is.
 */
import assert from "node:assert";
import { medianSorted } from "simple-statistics";

/** What the two took in the same round, in any unit that both have in common. */
export interface Round {
  readonly candidate: number;
  readonly baseline: number;
}

/** When time is an alarm. */
export interface Bounds {
  /** The candidate may take up to so many times what the baseline takes. */
  readonly slowerThan: number;
  /** How often, at the most, a candidate that keeps to the bound is called slower: 0.001 is once in a thousand. */
  readonly falseAlarmRate: number;
}

/** A quarter more, and one false alarm in a thousand for a candidate just at that bound. */
export const USUAL_BOUNDS: Bounds = { slowerThan: 1.25, falseAlarmRate: 0.001 };

export interface Comparison extends Bounds {
  /** The middle of the paired ratios (Hodges and Lehmann's estimate); above 1 the candidate is slower. */
  readonly ratio: number;
  /** Where the ratio lies: each end is wrong with at most the rate of a false alarm. */
  readonly interval: { readonly low: number; readonly high: number };
  /** Whether even the lower end of the interval is above the bound. */
  readonly slower: boolean;
  readonly rounds: number;
  readonly test: typeof TEST;
}

const TEST = "Wilcoxon signed-rank, exact";

/** The fewest rounds of which an alarm at this rate can come. */
export function roundsMin(falseAlarmRate: number): number {
  return Math.ceil(-Math.log2(falseAlarmRate));
}

/**
 * Compares candidate and baseline over rounds that are independent of each other. The rate of false alarms holds for
 * any noise that candidate and baseline have alike, however heavy.
 * @param rounds at least `roundsMin` of them, of positive numbers
 */
export function compare(rounds: readonly Round[], bounds: Bounds = USUAL_BOUNDS): Comparison {
  const least = roundsMin(bounds.falseAlarmRate);
  assert(rounds.length >= least, `An alarm at this rate takes at least ${least} rounds`);
  const averages = walshAverages(rounds.map(logRatioOf));
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

function logRatioOf({ candidate, baseline }: Round): number {
  assert(candidate > 0 && baseline > 0, "Only what takes time can be compared");

  return Math.log(candidate / baseline);
}

/**
 * The means of all pairs, each value paired with itself too, in order. So many of them lie above a number as the rank
 * sum of the values above it says: the test turned into an interval.
 */
function walshAverages(values: readonly number[]): number[] {
  return values
    .flatMap((one, index) => values.slice(index).map((other) => (one + other) / 2))
    .sort((one, other) => one - other);
}

/** The largest rank sum that is reached, or undercut, with at most this probability where every sign is a toss-up. */
function criticalRankSum(count: number, probability: number): number {
  const chances = rankSumChances(count);
  let below = 0;
  let sum = -1;
  while (below + (chances[sum + 1] ?? 1) <= probability) {
    sum += 1;
    below += chances[sum] ?? 0;
  }

  return sum;
}

/** How probable each sum of some of the ranks 1 to `count` is, where each is in it or not with the same probability. */
function rankSumChances(count: number): readonly number[] {
  let chances: readonly number[] = [1];
  for (let rank = 1; rank <= count; rank += 1) {
    const before = chances;
    chances = Array.from(
      { length: before.length + rank },
      (_, sum) => ((before[sum] ?? 0) + (before[sum - rank] ?? 0)) / 2,
    );
  }

  return chances;
}
