/**
 * Fits how numbers grow with the rows, as a scaling exponent (0 is constant, 1 linear, 2 quadratic), and projects how
 * long a step sequence takes at a million rows (pure). Repeatable counts give the growth of the work, the
 * time at the largest size its speed; time in pg_sleep is projected separately, since no machine shortens it. The result
 * is an interval, because the speed of a machine varies by a factor of three.
 */
import { linearRegression, linearRegressionLine, sum, sumNthPowerDeviations } from "simple-statistics";
import type { GateSubjects } from "./gate.ts";
import { type CountName, GROWTH_COUNTS, type MeasuredSubject, type Measurement } from "./plans/facts.ts";
import { outlineMeasurement } from "./plans/shape.ts";

export const PROJECTED_ROWS = 1_000_000;

/** How much the speed of a machine may vary, as a factor. */
const SPEED_VARIATION = 3;
/** How much the sampled share of sleep may be off, as a factor. */
const SLEEP_VARIATION = 1.1;

export interface Projection {
  readonly rows: number;
  readonly lowMs: number;
  readonly likelyMs: number;
  readonly highMs: number;
  /** The part of the likely time that is spent in pg_sleep. */
  readonly sleepMs: number;
  /** The scaling exponent of the work. */
  readonly exponent: number;
}

/** The sum of all subjects at each size. */
export function sumSubjects(subjects: readonly MeasuredSubject[]): readonly Measurement[] {
  const all = subjects.flatMap(({ measurements }) => measurements);

  return [...new Set(all.map(({ rows }) => rows))].map((rows) => {
    const here = all.filter((measurement) => measurement.rows === rows);
    const durationMs = sum(here.map((one) => one.durationMs));
    const sleepMs = sum(here.map((one) => one.durationMs * (one.sleepShare ?? 0)));
    const counts = Object.fromEntries(
      GROWTH_COUNTS.map((name) => [name, sum(here.map((one) => one.counts[name] ?? 0))]),
    );

    return { rows, counts, durationMs, sleepShare: durationMs === 0 ? 0 : sleepMs / durationMs };
  });
}

/** Undefined with fewer than two sizes. */
export function projectDuration(measurements: readonly Measurement[], rows = PROJECTED_ROWS): Projection | undefined {
  const last = measurements.at(-1);
  const exponent = fitWorkExponent(measurements);
  if (last === undefined || exponent === undefined) return undefined;
  const sleepShare = last.sleepShare ?? 0;
  const scale = (power: number) => (rows / last.rows) ** power;
  const workMs = last.durationMs * (1 - sleepShare) * scale(exponent);
  const sleepMs = last.durationMs * sleepShare * scale(Math.max(1, fitSleepExponent(measurements) ?? 1));

  return {
    rows,
    lowMs: workMs / SPEED_VARIATION + sleepMs / SLEEP_VARIATION,
    likelyMs: workMs + sleepMs,
    highMs: workMs * SPEED_VARIATION + sleepMs * SLEEP_VARIATION,
    sleepMs,
    exponent,
  };
}

/** At least linear; more if a count grows faster, or time faster than the variation of speed explains. */
function fitWorkExponent(measurements: readonly Measurement[]): number | undefined {
  const byCounts = GROWTH_COUNTS.map((name) => fitLastingGrowth(listSamples(measurements, name))?.exponent ?? 0);
  const byTime = fitGrowth(
    measurements.map(({ rows, durationMs, sleepShare = 0 }) => ({ rows, value: durationMs * (1 - sleepShare) })),
  );
  if (byTime === undefined) return undefined;
  const range = (measurements.at(-1)?.rows ?? 1) / (measurements[0]?.rows ?? 1);

  return Math.max(1, ...byCounts, byTime.exponent - Math.log(SPEED_VARIATION) / Math.log(range));
}

function fitSleepExponent(measurements: readonly Measurement[]): number | undefined {
  const samples = measurements.map(({ rows, durationMs, sleepShare = 0 }) => ({
    rows,
    value: durationMs * sleepShare,
  }));

  return fitGrowth(samples.filter(({ value }) => value > 0))?.exponent;
}

/** A count at each size at which it is available. */
export function listSamples(measurements: readonly Measurement[], name: CountName): readonly GrowthSample[] {
  return measurements.flatMap(({ rows, counts }) => {
    const value = counts[name];

    return value === undefined ? [] : [{ rows, value }];
  });
}

/** Pages on the path through an index to a row. */
const INDEX_PATH_PAGES = 4;

/** A statement sent on its own sometimes prunes pages of the catalog; counts up to these do not grow. */
const CATALOG_NOISE: Readonly<Partial<Record<CountName, number>>> = { walRecords: 200, walBytes: 16_384 };

/**
 * The growth of a count as it is judged; undefined with fewer than two sizes. If the plan changes at the last size, the
 * count jumps once and its further growth is unknown: that is no growth either, as long as the jump is no larger than
 * one index path for each of the rows that the limit allows.
 * @param limit the exponent that is allowed
 */
export function measureJudgedGrowth(
  { measurements }: MeasuredSubject,
  name: CountName,
  kind: GateSubjects["kind"],
  limit = 0,
): Growth | undefined {
  const floor = kind === "step-sequence" ? (CATALOG_NOISE[name] ?? 0) : 0;
  const samples = listSamples(measurements, name);
  const growth = fitLastingGrowth(samples.map(({ rows, value }) => ({ rows, value: Math.max(floor, value) })));
  const last = measurements.at(-1);
  if (growth === undefined || last === undefined || growth.exponent <= limit) return growth;
  const mayJump = name === "buffers" && mayHaveOtherPlan(last, measurements.at(-2));

  return mayJump && (last.counts.buffers ?? 0) <= INDEX_PATH_PAGES * last.rows ** limit ? undefined : growth;
}

/** Unknown plans may differ. */
function mayHaveOtherPlan(last: Measurement, before: Measurement | undefined): boolean {
  if (before === undefined || last.plan === undefined) return true;

  return outlineMeasurement(last).join("\n") !== outlineMeasurement(before).join("\n");
}

/** A number, and the rows of the table when it was taken. */
export interface GrowthSample {
  readonly rows: number;
  readonly value: number;
}

export interface Growth {
  readonly exponent: number;
  /** Two standard errors of the exponent; 0 with fewer than three samples. */
  readonly uncertainty: number;
}

/** Smaller values count as this: the logarithm of 0 is infinite. */
const LEAST = 1;

/** The growth through the samples; undefined if they are of fewer than two sizes. */
export function fitGrowth(samples: readonly GrowthSample[]): Growth | undefined {
  if (new Set(samples.map(({ rows }) => rows)).size < 2) return undefined;
  const points = samples.map(({ rows, value }): [number, number] => [Math.log(rows), Math.log(Math.max(LEAST, value))]);
  const fit = linearRegression(points);

  return { exponent: fit.m, uncertainty: 2 * standardError(points, fit) };
}

/**
 * The growth at the large end: of all samples or of the last two, whichever is smaller. A plan change between two sizes
 * makes the count jump once, which is not growth.
 */
export function fitLastingGrowth(samples: readonly GrowthSample[]): Growth | undefined {
  const ordered = samples.toSorted((one, other) => one.rows - other.rows);
  const [all, last] = [fitGrowth(ordered), fitGrowth(ordered.slice(-2))];

  return all !== undefined && last !== undefined && last.exponent < all.exponent ? last : all;
}

/** Of the slope of the regression line. */
function standardError(points: [number, number][], fit: { m: number; b: number }): number {
  if (points.length < 3) return 0;
  const line = linearRegressionLine(fit);
  const residuals = points.reduce((sum, [x, y]) => sum + (y - line(x)) ** 2, 0);
  const spread = sumNthPowerDeviations(
    points.map(([x]) => x),
    2,
  );

  return Math.sqrt(residuals / (points.length - 2) / spread);
}
