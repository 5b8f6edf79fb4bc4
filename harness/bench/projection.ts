/**
 * How long a passage takes at a million rows, by measured growth (pure). Time itself is a poor witness: a machine's
 * speed swings by three. So the counts that hold still say how the work grows, time only how long it took at the
 * largest size, and what was slept is kept apart, since sleep does not get faster. The answer is an interval.
 */

import type { Subjects } from "./gate.ts";
import { factorTo, type Growth, growthOf, lastingGrowthOf, type Sample } from "./growth.ts";
import { type CountName, GROWING, type Measured, type Reading } from "./plans/facts.ts";
import { shapeOf } from "./plans/shape.ts";

export const PROJECTED_ROWS = 1_000_000;

/** A machine may be this many times faster or slower from one moment to the next. */
const SWING = 3;
/** How well the share of sleep is known. */
const SLEEP_SWING = 1.1;

export interface Projection {
  readonly rows: number;
  readonly lowMs: number;
  readonly likelyMs: number;
  readonly highMs: number;
  /** What of the likely time is slept. */
  readonly asleepMs: number;
  /** How the work grows with the rows. */
  readonly exponent: number;
}

/** The sum of all subjects at each size: the passage as a whole. */
export function wholeOf(measured: readonly Measured[]): readonly Reading[] {
  const sizes = [...new Set(measured.flatMap(({ readings }) => readings.map(({ rows }) => rows)))];

  return sizes.map((rows) => {
    const there = measured.flatMap(({ readings }) => readings.filter((reading) => reading.rows === rows));
    const durationMs = total(there.map((reading) => reading.durationMs));
    const asleepMs = total(there.map((reading) => reading.durationMs * (reading.asleep ?? 0)));
    const counts = Object.fromEntries(
      GROWING.map((name) => [name, total(there.map((reading) => reading.counts[name] ?? 0))]),
    );

    return { rows, counts, durationMs, asleep: durationMs === 0 ? 0 : asleepMs / durationMs };
  });
}

/** Undefined where there are fewer than two sizes. */
export function project(readings: readonly Reading[], rows = PROJECTED_ROWS): Projection | undefined {
  const last = readings.at(-1);
  const exponent = workExponent(readings);
  if (last === undefined || exponent === undefined) return undefined;
  const asleep = last.asleep ?? 0;
  const workMs = last.durationMs * (1 - asleep) * factorTo(rows, last.rows, exponent);
  const sleepMs =
    last.durationMs * asleep * factorTo(rows, last.rows, Math.max(1, sleepExponent(readings) ?? 1));

  return {
    rows,
    lowMs: workMs / SWING + sleepMs / SLEEP_SWING,
    likelyMs: workMs + sleepMs,
    highMs: workMs * SWING + sleepMs * SLEEP_SWING,
    asleepMs: sleepMs,
    exponent,
  };
}

/** At least linear; more where a count says so, or where time grows faster than its swings explain. */
function workExponent(readings: readonly Reading[]): number | undefined {
  const byCounts = GROWING.map((name) => lastingGrowthOf(samplesOf(readings, name))?.exponent ?? 0);
  const working = readings.map(({ rows, durationMs, asleep = 0 }) => ({
    rows,
    value: durationMs * (1 - asleep),
  }));
  const byTime = growthOf(working);
  if (byTime === undefined) return undefined;
  const range = (readings.at(-1)?.rows ?? 1) / (readings[0]?.rows ?? 1);

  return Math.max(1, ...byCounts, byTime.exponent - Math.log(SWING) / Math.log(range));
}

function sleepExponent(readings: readonly Reading[]): number | undefined {
  return growthOf(
    readings
      .filter(({ asleep = 0 }) => asleep > 0)
      .map(({ rows, durationMs, asleep = 0 }) => ({ rows, value: durationMs * asleep })),
  )?.exponent;
}

/** A count at each size where it was had. */
export function samplesOf(readings: readonly Reading[], name: CountName): readonly Sample[] {
  return readings.flatMap(({ rows, counts }) => {
    const value = counts[name];

    return value === undefined ? [] : [{ rows, value }];
  });
}

/** Pages on the way through an index to a row. */
const PATH = 4;

/**
 * What is judged of a count's growth: undefined where it was not had at two sizes. A statement that is sent by itself
 * tidies pages of the catalog in passing, now one and now ten: up to so much is told as nothing. Where the planner changes
 * its mind at the last size the count takes a step, of which nobody knows how it goes on: nor is that told as growth, as
 * long as it comes to no more than one path to each of the rows that the limit allows.
 * @param limit the exponent that is allowed
 */
export function judgedGrowth(
  measured: Measured,
  name: CountName,
  kind: Subjects["kind"],
  limit = 0,
): Growth | undefined {
  const floor = kind === "passage" ? (IN_PASSING[name] ?? 0) : 0;
  const samples = samplesOf(measured.readings, name).map(({ rows, value }) => ({
    rows,
    value: Math.max(floor, value),
  }));
  const growth = lastingGrowthOf(samples);
  const last = measured.readings.at(-1);
  if (growth === undefined || last === undefined || growth.exponent <= limit) return growth;
  const mayStep = name === "buffers" && hasOtherPlan(last, measured.readings.at(-2));

  return mayStep && (last.counts.buffers ?? 0) <= PATH * last.rows ** limit ? undefined : growth;
}

/** Where plans are unknown, they may be others. */
function hasOtherPlan(last: Reading, before: Reading | undefined): boolean {
  if (before === undefined || last.plan === undefined) return true;

  return shapeOf(last).join("\n") !== shapeOf(before).join("\n");
}

const IN_PASSING: Readonly<Partial<Record<CountName, number>>> = { walRecords: 200, walBytes: 16_384 };

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
