/**
 * How a number grows with the rows, as an exponent: 0 is constant, 1 linear, 2 quadratic (pure). It is the slope of a
 * straight line through the logarithms, so that only ratios count.
 */
import { linearRegression, linearRegressionLine, sum } from "simple-statistics";

/** A number, and the rows of the table where it was taken. */
export interface Sample {
  readonly rows: number;
  readonly value: number;
}

export interface Growth {
  readonly exponent: number;
  /** Half the width of the exponent's interval: two standard errors of the slope; 0 with fewer than three samples. */
  readonly uncertainty: number;
}

/** Nothing and almost nothing are told as one: the logarithm of 0 would say more than was measured. */
const LEAST = 1;

/**
 * The growth through the samples; undefined where they are of fewer than two sizes.
 */
export function growthOf(samples: readonly Sample[]): Growth | undefined {
  if (new Set(samples.map(({ rows }) => rows)).size < 2) return undefined;
  const points = samples.map(({ rows, value }) => [Math.log(rows), Math.log(Math.max(LEAST, value))]);
  const fit = linearRegression(points);

  return { exponent: fit.m, uncertainty: 2 * standardErrorOf(points, fit) };
}

/**
 * The growth at the large end: of all samples or of the last two, whichever is less. Where the planner changes its mind
 * between two sizes the count takes a step, which is no growth.
 */
export function lastingGrowthOf(samples: readonly Sample[]): Growth | undefined {
  const ordered = samples.toSorted((one, other) => one.rows - other.rows);
  const [all, last] = [growthOf(ordered), growthOf(ordered.slice(-2))];

  return all !== undefined && last !== undefined && last.exponent < all.exponent ? last : all;
}

/** How many times the last sample a size would be worth, by growth of this exponent. */
export function factorTo(rows: number, from: number, exponent: number): number {
  return (rows / from) ** exponent;
}

function standardErrorOf(points: readonly number[][], fit: { m: number; b: number }): number {
  if (points.length < 3) return 0;
  const line = linearRegressionLine(fit);
  const middle = sum(points.map(([x = 0]) => x)) / points.length;
  const residuals = sum(points.map(([x = 0, y = 0]) => (y - line(x)) ** 2));
  const spread = sum(points.map(([x = 0]) => (x - middle) ** 2));

  return Math.sqrt(residuals / (points.length - 2) / spread);
}
