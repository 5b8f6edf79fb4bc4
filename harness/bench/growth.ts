/**
 * Fits how a number grows with the rows, as a scaling exponent: 0 is constant, 1 linear, 2 quadratic (pure). The exponent
 * is the slope of a straight line through the logarithms.
 */
import { linearRegression, linearRegressionLine, sumNthPowerDeviations } from "simple-statistics";

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
  const points = samples.map(({ rows, value }): [number, number] => [
    Math.log(rows),
    Math.log(Math.max(LEAST, value)),
  ]);
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
