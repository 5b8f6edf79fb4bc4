/**
 * Judges measurements against a gate's plan shape and budget (pure). Counts decide; where only a time could, an interval
 * does, and one that contains the limit leaves the verdict open.
 */

import type { Gate } from "./gate.ts";
import type { Budget } from "./load-gates.ts";
import { formatElapsed, formatNumber, formatPercentage } from "./number-format.ts";
import { COUNT_LABELS, type CountName, GROWTH_COUNTS, type MeasuredSubject, type Measurement } from "./plans/facts.ts";
import { findShapeViolations, isScanCheaper } from "./plans/shape.ts";
import { listSamples, measureJudgedGrowth, projectDuration, sumSubjects } from "./projection.ts";

export interface BudgetViolation {
  readonly subject: string;
  readonly expected: string;
  readonly got: string;
  readonly hint: string;
  /** The measurement that shows it. */
  readonly measurement?: Measurement | undefined;
}

export interface Judgement {
  readonly violations: readonly BudgetViolation[];
  /** Limits that could not be judged, and why. */
  readonly undecided: readonly string[];
}

/** The upper limits of counts at the largest size. */
const LIMITS: readonly (readonly [keyof Budget, CountName])[] = [
  ["buffersMax", "buffers"],
  ["dirtiedMax", "dirtied"],
  ["rowsRemovedMax", "rowsRemoved"],
  ["qErrorMax", "qError"],
  ["statementsMax", "statements"],
  ["buffersReadMax", "buffersRead"],
  ["tempBlocksMax", "tempBlocks"],
  ["walRecordsMax", "walRecords"],
  ["walBytesMax", "walBytes"],
  ["passesMax", "passes"],
  ["indexWritesMax", "indexWrites"],
];

export function judgeMeasurements(gate: Gate, budget: Budget, subjects: readonly MeasuredSubject[]): Judgement {
  return mergeJudgements([
    ...subjects.map((subject) => judgeSubject(gate, budget, subject)),
    ...(subjects.length === 0 ? [] : [judgeWindow(subjects, budget.windowMinutes)]),
  ]);
}

export function mergeJudgements(judgements: readonly Judgement[]): Judgement {
  return {
    violations: judgements.flatMap(({ violations }) => violations),
    undecided: judgements.flatMap(({ undecided }) => undecided),
  };
}

const NOTHING: Judgement = { violations: [], undecided: [] };

function judgeSubject(gate: Gate, budget: Budget, measured: MeasuredSubject): Judgement {
  const { subject, measurements } = measured;
  const largest = measurements.at(-1);
  if (largest === undefined) return leaveOpen(`${subject} was not measured`);

  return mergeJudgements([
    judgeShape(gate, subject, largest),
    ...LIMITS.map(([key, name]) => judgeCount(subject, largest, name, budget[key])),
    judgeHotShare(subject, largest, budget.hotShareMin),
    judgeSleep(subject, measurements, budget.sleepShareMax),
    ...GROWTH_COUNTS.map((name) => judgeGrowth(gate, measured, name, budget.growthMax)),
  ]);
}

function judgeShape({ plan }: Gate, subject: string, largest: Measurement): Judgement {
  const { uses = [], never = [] } = plan;
  const wanted = [
    ...(uses.length > 0 ? [`a plan that uses ${uses.join(", ")}`] : []),
    ...(never.length > 0 ? [`no ${never.join(", no ")}`] : []),
  ];
  const differences = isScanCheaper(largest) ? [] : findShapeViolations(largest, plan);

  return {
    violations: differences.map((difference) => ({
      subject,
      expected: wanted.join(", and "),
      got: `at ${formatNumber(largest.rows)} rows ${difference}${describeForced(largest)}`,
      hint: "Read the plan: give the condition an index that can serve it, or fix the one that is not used",
      measurement: largest,
    })),
    undecided: [],
  };
}

function judgeCount(subject: string, measurement: Measurement, name: CountName, limit?: number): Judgement {
  if (limit === undefined) return NOTHING;
  const value = measurement.counts[name];
  if (value === undefined) return leaveUnmeasured(subject, name);

  if (value <= limit) return NOTHING;

  return violate({
    subject,
    expected: `at most ${formatNumber(limit)} ${COUNT_LABELS[name]}`,
    got: `${formatNumber(value)} at ${formatNumber(measurement.rows)} rows`,
    hint: "Find the plan node that touches the most, and what caused it",
    measurement,
  });
}

function judgeHotShare(subject: string, { counts: { hotShare }, rows }: Measurement, limit?: number): Judgement {
  if (limit === undefined) return NOTHING;
  if (hotShare === undefined) return leaveUnmeasured(subject, "hotShare");
  if (hotShare >= limit) return NOTHING;

  return violate({
    subject,
    expected: `at least ${formatShare(limit)} heap-only updates`,
    got: `${formatShare(hotShare)} at ${formatNumber(rows)} rows`,
    hint: "Remove indexes on the columns that each call changes",
  });
}

function judgeSleep(subject: string, measurements: readonly Measurement[], limit?: number): Judgement {
  const [worst] = measurements.toSorted((one, other) => (other.sleepShare ?? 0) - (one.sleepShare ?? 0));
  const share = worst?.sleepShare ?? 0;

  return limit === undefined || share <= limit
    ? NOTHING
    : violate({
        subject,
        expected: `at most ${formatShare(limit)} of its time in pg_sleep`,
        got: `${formatShare(share)} of its time in pg_sleep at ${formatNumber(worst?.rows ?? 0)} rows`,
        hint: "Commit batch by batch, without sleeping in between",
      });
}

function judgeGrowth(gate: Gate, measured: MeasuredSubject, name: CountName, limit?: number): Judgement {
  const { subject, measurements } = measured;
  const growth = measureJudgedGrowth(measured, name, gate.subjects.kind, limit);
  if (limit === undefined || growth === undefined || growth.exponent <= limit) return NOTHING;
  const samples = listSamples(measurements, name);
  const values = samples.map(({ value }) => formatNumber(value)).join(", ");
  const sizes = samples.map(({ rows }) => formatNumber(rows)).join(", ");

  return violate({
    subject,
    expected: `${COUNT_LABELS[name]} with a scaling exponent of at most ${limit}`,
    got: `${values} at ${sizes} rows: scaling exponent ${growth.exponent.toFixed(2)}`,
    hint: "Find what is read again for each row, and read it once or through an index",
    measurement: measurements.at(-1),
  });
}

function judgeWindow(subjects: readonly MeasuredSubject[], windowMinutes?: number): Judgement {
  if (windowMinutes === undefined) return NOTHING;
  const projection = projectDuration(sumSubjects(subjects));
  if (projection === undefined) return leaveOpen("one size cannot be projected to a million rows");
  const { lowMs, highMs, likelyMs, exponent, rows } = projection;
  const windowMs = windowMinutes * 60_000;
  const time = `${formatElapsed(likelyMs)} (${formatElapsed(lowMs)} to ${formatElapsed(highMs)}) at ${formatNumber(rows)} rows`;
  if (highMs <= windowMs) return NOTHING;
  if (lowMs <= windowMs) return leaveOpen(`${time} may or may not fit the window of ${windowMinutes} min`);

  return violate({
    subject: "all of its statements",
    expected: `at most ${windowMinutes} min at ${formatNumber(rows)} rows`,
    got: `${time}, with a scaling exponent of ${exponent.toFixed(2)}`,
    hint: "Begin with the statement that takes the longest at the largest size",
  });
}

function violate(violation: BudgetViolation): Judgement {
  return { violations: [violation], undecided: [] };
}

function leaveOpen(reason: string): Judgement {
  return { violations: [], undecided: [reason] };
}

function leaveUnmeasured(subject: string, name: CountName): Judgement {
  return leaveOpen(`${subject}: this server does not report the ${COUNT_LABELS[name]}`);
}

/** Whether an index could serve, apart from whether the planner chose it. */
function describeForced({ forced }: Measurement): string {
  if (forced === undefined) return "";

  return forced.hasShape
    ? `; ${forced.indexes.join(", ")} could serve it, for ${formatNumber(forced.buffers)} buffers`
    : "; no index could serve it, even with sequential scans disabled";
}

function formatShare(share: number): string {
  return formatPercentage(share, share > 0.9 && share < 1 ? 1 : 0);
}
