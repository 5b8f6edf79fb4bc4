/**
 * Times a candidate and a baseline in turns on the same server: A B, B A, B A, A B. Drift, and caches that the first of
 * two warms for the second, cancel out.
 */
import { median } from "simple-statistics";
import { DEFAULT_BOUNDS, type PairedTiming, type RatioBounds, type RatioTest, testRatio } from "./ratio.ts";

/** A call that leaves everything as the next call needs it. */
export type Work = () => Promise<unknown>;

interface RatioOptions extends RatioBounds {
  readonly rounds: number;
  /** Pairs per round, of which the faster times count: a disturbance of a single turn is left out. */
  readonly turns: number;
  /** The shortest turn: a short call is repeated, equally often in every turn. */
  readonly turnMs: number;
  /** The current time in milliseconds. */
  readonly now: () => number;
}

export interface TimedRatio extends RatioTest {
  /** The median time of one call in milliseconds: shown, never judged. */
  readonly candidateMs: number;
  readonly baselineMs: number;
}

export interface Pair<Result> {
  readonly candidate: Result;
  readonly baseline: Result;
}

const DEFAULTS: RatioOptions = {
  ...DEFAULT_BOUNDS,
  rounds: 20,
  turns: 2,
  turnMs: 5,
  now: () => performance.now(),
};

/** Calls per turn, however short they are. */
const REPEATS_MAX = 1000;

/** Runs candidate and baseline this many times each, in alternating order. */
export async function runPaired<Result>(
  pairs: number,
  candidate: () => Promise<Result>,
  baseline: () => Promise<Result>,
): Promise<readonly Pair<Result>[]> {
  const results: Pair<Result>[] = [];
  for (let pair = 0; pair < pairs; pair += 1) {
    if ([1, 2].includes(pair % 4)) {
      const second = await baseline();
      results.push({ candidate: await candidate(), baseline: second });
    } else {
      const first = await candidate();
      results.push({ candidate: first, baseline: await baseline() });
    }
  }

  return results;
}

/** Measures the candidate's time as a multiple of the baseline's, after a few calls of both that do not count. */
export async function measureRatio(
  candidate: Work,
  baseline: Work,
  options: Partial<RatioOptions> = {},
): Promise<TimedRatio> {
  const { now, turnMs, ...pairing } = { ...DEFAULTS, ...options };
  const timed = (work: Work, repeats: number) => async (): Promise<number> => {
    const began = now();
    for (let call = 0; call < repeats; call += 1) await work();

    return (now() - began) / repeats;
  };
  const warm = await runPaired(2, timed(candidate, 1), timed(baseline, 1));
  const onceMs = Math.min(...warm.flatMap((pair) => [pair.candidate, pair.baseline]));
  const repeats = Math.max(1, Math.min(REPEATS_MAX, Math.ceil(turnMs / onceMs)));

  return await measureTimedPairs(timed(candidate, repeats), timed(baseline, repeats), pairing);
}

/**
 * The same for work that times itself, because its preparation must not be timed.
 * @param candidate takes a turn and returns its milliseconds
 */
export async function measureTimedPairs(
  candidate: () => Promise<number>,
  baseline: () => Promise<number>,
  { rounds, turns, slowerThan, falseAlarmRate }: Omit<RatioOptions, "turnMs" | "now">,
): Promise<TimedRatio> {
  const pairs = await runPaired(rounds * turns, candidate, baseline);

  return {
    ...testRatio(fastestPerRound(pairs, turns), { slowerThan, falseAlarmRate }),
    candidateMs: median(pairs.map((pair) => pair.candidate)),
    baselineMs: median(pairs.map((pair) => pair.baseline)),
  };
}

function fastestPerRound(pairs: readonly Pair<number>[], turns: number): readonly PairedTiming[] {
  return Array.from({ length: Math.floor(pairs.length / turns) }, (_, round) => {
    const ofRound = pairs.slice(round * turns, (round + 1) * turns);

    return {
      candidate: Math.min(...ofRound.map(({ candidate }) => candidate)),
      baseline: Math.min(...ofRound.map(({ baseline }) => baseline)),
    };
  });
}
