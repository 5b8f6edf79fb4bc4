/**
 * Candidate and baseline take turns on the same server in the same run: A B, B A, B A, A B. Whatever the machine does
 * meanwhile, it does to both; a drift, and what the first of two leaves warm for the second, cancel out.
 */
import { median } from "simple-statistics";
import { type Bounds, type Comparison, compare, type Round, USUAL_BOUNDS } from "./ratio.ts";

/** One call of what is compared; it leaves things as the next call needs them. */
export type Work = () => Promise<unknown>;

/** How often turns are taken. */
export interface Rounds extends Bounds {
  readonly rounds: number;
  /** Turns of both in a round, of which the faster counts: what disturbs a single turn is left out. */
  readonly turns: number;
}

export interface Course extends Rounds {
  /** The least that a turn lasts: a short call is repeated, as often in every turn of both. */
  readonly turnMs: number;
  /** What time it is, in milliseconds. */
  readonly now: () => number;
}

export interface TimedComparison extends Comparison {
  /** The median of one call, in milliseconds: to be shown, never to be judged. */
  readonly candidateMs: number;
  readonly baselineMs: number;
}

export interface Pair<Result> {
  readonly candidate: Result;
  readonly baseline: Result;
}

const USUAL_COURSE: Course = {
  ...USUAL_BOUNDS,
  rounds: 20,
  turns: 2,
  turnMs: 5,
  now: () => performance.now(),
};

/** However short a call is, a turn has no more of them. */
const REPEATS_MAX = 1000;

/** Takes so many pairs of turns, one of the candidate and one of the baseline each. */
export async function inTurns<Result>(
  pairs: number,
  candidate: () => Promise<Result>,
  baseline: () => Promise<Result>,
): Promise<readonly Pair<Result>[]> {
  const taken: Pair<Result>[] = [];
  for (let pair = 0; pair < pairs; pair += 1) {
    if ([1, 2].includes(pair % 4)) {
      const second = await baseline();
      taken.push({ candidate: await candidate(), baseline: second });
    } else {
      const first = await candidate();
      taken.push({ candidate: first, baseline: await baseline() });
    }
  }

  return taken;
}

/**
 * Measures how many times as long the candidate takes as the baseline. Both are called a few times before anything
 * counts.
 */
export async function measureRatio(
  candidate: Work,
  baseline: Work,
  asked: Partial<Course> = {},
): Promise<TimedComparison> {
  const { now, turnMs, ...course } = { ...USUAL_COURSE, ...asked };
  const timed = (work: Work, repeats: number) => async (): Promise<number> => {
    const began = now();
    for (let call = 0; call < repeats; call += 1) {
      await work();
    }

    return (now() - began) / repeats;
  };
  const warm = await inTurns(2, timed(candidate, 1), timed(baseline, 1));
  const onceMs = Math.min(...warm.flatMap((pair) => [pair.candidate, pair.baseline]));
  const repeats = Math.max(1, Math.min(REPEATS_MAX, Math.ceil(turnMs / onceMs)));

  return await measureTurns(timed(candidate, repeats), timed(baseline, repeats), course);
}

/**
 * The same for work that says itself how long it took, since what it needs first is not to be timed.
 * @param candidate takes a turn, and gives its milliseconds
 */
export async function measureTurns(
  candidate: () => Promise<number>,
  baseline: () => Promise<number>,
  { rounds, turns, slowerThan, falseAlarmRate }: Rounds,
): Promise<TimedComparison> {
  const pairs = await inTurns(rounds * turns, candidate, baseline);

  return {
    ...compare(roundsOf(pairs, turns), { slowerThan, falseAlarmRate }),
    candidateMs: median(pairs.map((pair) => pair.candidate)),
    baselineMs: median(pairs.map((pair) => pair.baseline)),
  };
}

/** So many pairs a round, the faster turn of each. */
function roundsOf(pairs: readonly Pair<number>[], turns: number): readonly Round[] {
  return Array.from({ length: Math.floor(pairs.length / turns) }, (_, round) => {
    const ours = pairs.slice(round * turns, (round + 1) * turns);

    return {
      candidate: Math.min(...ours.map(({ candidate }) => candidate)),
      baseline: Math.min(...ours.map(({ baseline }) => baseline)),
    };
  });
}
