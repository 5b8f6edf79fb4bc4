/**
 * Deciding on what was measured (pure): shape, counts against the budget, growth, the window. Nothing here looks at a
 * clock; where only a time could decide, it decides with an interval, and an interval that covers the limit is no verdict.
 */
import type { Budget } from "./budget.ts";
import type { Gate } from "./gate.ts";
import { COUNT_WORDS, type CountName, GROWING, type Measured, type Reading } from "./plans/facts.ts";
import { isRightToScan, shapeFaults } from "./plans/shape.ts";
import { judgedGrowth, project, samplesOf, wholeOf } from "./projection.ts";
import { minutesOf, numberOf } from "./statement-lookup.ts";

/** One limit that was not kept. */
export interface Breach {
  readonly subject: string;
  readonly expected: string;
  readonly got: string;
  readonly hint: string;
  /** The reading that shows it, where one does. */
  readonly reading?: Reading;
}

/** What came of judging: `doubts` are limits that nothing could decide. */
export interface Judgement {
  readonly breaches: readonly Breach[];
  readonly doubts: readonly string[];
}

/** The limits on a count at the largest size. */
const UPPER: readonly (readonly [keyof Budget, CountName])[] = [
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

/** Holds what was measured against the gate's shape and budget. */
export function judge(gate: Gate, budget: Budget, measured: readonly Measured[]): Judgement {
  const each = measured.map((one) => judgeOne(gate, budget, one));
  const window =
    budget.windowMinutes === undefined || measured.length === 0
      ? []
      : [judgeWindow(budget.windowMinutes, measured)];

  return joined([...each, ...window]);
}

/** All breaches and doubts of several judgements. */
export function joined(judgements: readonly Judgement[]): Judgement {
  return {
    breaches: judgements.flatMap(({ breaches }) => breaches),
    doubts: judgements.flatMap(({ doubts }) => doubts),
  };
}

function judgeOne(gate: Gate, budget: Budget, { subject, readings }: Measured): Judgement {
  const largest = readings.at(-1);
  if (largest === undefined) return { breaches: [], doubts: [`${subject} was not measured`] };
  const faults = isRightToScan(largest) ? [] : shapeFaults(largest, gate.plan);
  const shape = faults.map((fault) => ({
    subject,
    expected: expectedShape(gate),
    got: `at ${numberOf(largest.rows)} rows ${fault}${couldServe(largest)}`,
    hint: "Read the plan below: give the condition an index that can serve it, or mend the one that is not used",
    reading: largest,
  }));

  return joined([
    { breaches: shape, doubts: [] },
    ...UPPER.map(([key, name]) => judgeCount(subject, largest, name, budget[key])),
    judgeHotShare(subject, largest, budget.hotShareMin),
    judgeSleep(subject, readings, budget.asleepMax),
    ...GROWING.map((name) => judgeGrowth(gate, { subject, readings }, name, budget.growthMax)),
  ]);
}

const NOTHING: Judgement = { breaches: [], doubts: [] };

function judgeCount(subject: string, reading: Reading, name: CountName, limit?: number): Judgement {
  if (limit === undefined) return NOTHING;
  const value = reading.counts[name];
  if (value === undefined) return unknown(subject, COUNT_WORDS[name]);

  return value <= limit
    ? NOTHING
    : broken({
        subject,
        expected: `at most ${numberOf(limit)} ${COUNT_WORDS[name]}`,
        got: `${numberOf(value)} at ${numberOf(reading.rows)} rows`,
        hint: "Find the node that touches the most, and what made it",
        reading,
      });
}

function judgeHotShare(subject: string, reading: Reading, limit?: number): Judgement {
  if (limit === undefined) return NOTHING;
  const value = reading.counts.hotShare;
  if (value === undefined) return unknown(subject, COUNT_WORDS.hotShare);

  return value >= limit
    ? NOTHING
    : broken({
        subject,
        expected: `at least ${percentOf(limit)} heap-only updates`,
        got: `${percentOf(value)} at ${numberOf(reading.rows)} rows`,
        hint: "Leave out indexes on the columns that each use changes",
      });
}

function judgeSleep(subject: string, readings: readonly Reading[], limit?: number): Judgement {
  if (limit === undefined) return NOTHING;
  const worst = readings.toSorted((one, other) => (other.asleep ?? 0) - (one.asleep ?? 0))[0];
  const asleep = worst?.asleep ?? 0;

  return asleep <= limit
    ? NOTHING
    : broken({
        subject,
        expected: `asleep for at most ${percentOf(limit)} of its time`,
        got: `asleep in pg_sleep for ${percentOf(asleep)} of its time at ${numberOf(worst?.rows ?? 0)} rows`,
        hint: "Let the load set the pace: commit batch by batch, and sleep not at all",
      });
}

function judgeGrowth({ subjects }: Gate, measured: Measured, name: CountName, limit?: number): Judgement {
  const { subject, readings } = measured;
  const samples = samplesOf(readings, name);
  const largest = readings.at(-1);
  const growth = judgedGrowth(measured, name, subjects.kind, limit);
  if (limit === undefined || growth === undefined || growth.exponent <= limit) return NOTHING;

  return broken({
    subject,
    expected: `${COUNT_WORDS[name]} that grow with the rows to the power of ${limit} at most`,
    got: `${samples.map(({ value }) => numberOf(value)).join(", ")} at ${samples
      .map(({ rows }) => numberOf(rows))
      .join(", ")} rows: a power of ${growth.exponent.toFixed(2)}`,
    hint: "Find what is read again for each row, and read it once or through an index",
    ...(largest === undefined ? {} : { reading: largest }),
  });
}

function judgeWindow(windowMinutes: number, measured: readonly Measured[]): Judgement {
  const projection = project(wholeOf(measured));
  if (projection === undefined)
    return { breaches: [], doubts: ["one size says nothing about a million rows"] };
  const { lowMs, highMs, likelyMs, exponent, rows } = projection;
  const windowMs = windowMinutes * 60_000;
  const told = `${minutesOf(likelyMs)} (${minutesOf(lowMs)} to ${minutesOf(highMs)}) at ${numberOf(rows)} rows`;
  if (highMs <= windowMs) return NOTHING;
  if (lowMs <= windowMs) {
    return { breaches: [], doubts: [`${told} may or may not fit the window of ${windowMinutes} min`] };
  }

  return broken({
    subject: "all of its statements",
    expected: `${windowMinutes} min at most at ${numberOf(rows)} rows`,
    got: `${told}, by growth to the power of ${exponent.toFixed(2)}`,
    hint: "Begin with the statement that takes the longest at the largest size",
  });
}

function broken(breach: Breach): Judgement {
  return { breaches: [breach], doubts: [] };
}

function unknown(subject: string, what: string): Judgement {
  return { breaches: [], doubts: [`${subject}: this server does not tell the ${what}`] };
}

function expectedShape({ plan: { uses = [], never = [] } }: Gate): string {
  const wanted = [
    ...(uses.length > 0 ? [`a plan that uses ${uses.join(", ")}`] : []),
    ...(never.length > 0 ? [`no ${never.join(", no ")}`] : []),
  ];

  return wanted.join(", and ");
}

/** Whether an index could serve is another question than whether the planner chose it. */
function couldServe({ served }: Reading): string {
  if (served === undefined) return "";

  return served.inShape
    ? `; ${served.indexes.join(", ")} could serve it, for ${numberOf(served.buffers)} buffers`
    : "; no index could serve it, for it is so where sequential scans are forbidden too";
}

function percentOf(share: number): string {
  return `${(share * 100).toFixed(share > 0.9 && share < 1 ? 1 : 0)} %`;
}
