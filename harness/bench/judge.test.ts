import { assert, double, integer, property } from "fast-check";
import { describe, expect, test } from "vitest";
import { SAMPLE_PLAN } from "../testing/sample-plan.ts";
import type { Budget } from "./budget.ts";
import { type Gate, gate } from "./gate.ts";
import { growthOf, lastingGrowthOf } from "./growth.ts";
import { judge } from "./judge.ts";
import { readPlan } from "./plans/explain.ts";
import type { Counts, Measured, Reading } from "./plans/facts.ts";
import { project } from "./projection.ts";

const data = { sizes: [1_000, 10_000, 100_000], fill: () => [], settle: () => [], bytesPerRow: 1 };
const calls: Gate = gate("P2-test", "a test", { data, measure: { kind: "call", of: () => [] } });
const passages: Gate = gate("P7-test", "a test", { data, measure: { kind: "passage", of: () => [] } });

/** What is measured where a count grows so. */
function measured(counts: (rows: number) => Counts, times?: (rows: number) => number, asleep = 0): Measured {
  const readings = data.sizes.map((rows) => ({
    rows,
    counts: counts(rows),
    durationMs: times?.(rows) ?? 1,
    asleep,
  }));

  return { subject: "it", readings };
}

const faults = (which: Gate, budget: Budget, one: Measured) =>
  judge(which, budget, [one]).breaches.map(({ got }) => got);

describe("growth", () => {
  test("is the exponent, whatever the factor", () => {
    assert(
      property(
        double({ min: 0, max: 3, noNaN: true }),
        integer({ min: 10, max: 1_000 }),
        (exponent, factor) => {
          const samples = data.sizes.map((rows) => ({ rows, value: factor * rows ** exponent }));

          expect(growthOf(samples)?.exponent).toBeCloseTo(exponent, 6);
          expect(growthOf(samples)?.uncertainty).toBeCloseTo(0, 6);
        },
      ),
    );
  });

  test("of a count that took one step is none, and of one size nobody knows", () => {
    const step = [34, 10_031, 100_692].map((value, index) => ({ rows: data.sizes[index] ?? 0, value }));

    expect(lastingGrowthOf(step)?.exponent).toBeCloseTo(1, 1);
    expect(growthOf(step.slice(0, 1))).toBeUndefined();
  });

  test.each([
    ["a lookup that begins to scan", (rows: number) => rows / 50, 0.1],
    ["a query per row that scans", (rows: number) => rows * rows, 1.1],
    ["a lookup that scans at the largest size only", (rows: number) => (rows === 100_000 ? 3_000 : 3), 0.1],
  ])("beyond the budget is a fault: %s", (_, buffers, growthMax) => {
    expect(
      faults(
        calls,
        { growthMax },
        measured((rows) => ({ buffers: buffers(rows) })),
      ),
    ).toHaveLength(1);
  });

  test("of an index by one level is none, and what a statement logs in passing neither", () => {
    expect(
      faults(
        calls,
        { growthMax: 0.1 },
        measured((rows) => ({ buffers: Math.log10(rows) })),
      ),
    ).toEqual([]);
    expect(
      faults(
        passages,
        { growthMax: 1.1 },
        measured((rows) => ({ walBytes: rows / 500 })),
      ),
    ).toEqual([]);
  });
});

describe("whether an index could serve and whether the planner chose it", () => {
  const shaped: Gate = { ...calls, plan: { uses: ["t_pkey"], never: ["Seq Scan"] } };
  const scan = readPlan(SAMPLE_PLAN);
  const told = (buffers: number, served: Reading["served"]) => {
    const reading = { rows: 50, counts: { buffers }, plan: scan, durationMs: 1, ...(served && { served }) };

    return faults(shaped, {}, { subject: "it", readings: [reading] });
  };

  test("are two answers", () => {
    expect(told(42, { indexes: ["t_pkey"], buffers: 3, inShape: true })[0]).toMatch(
      /no plan uses the index t_pkey; t_pkey could serve it, for 3 buffers$/,
    );
    expect(told(42, { indexes: [], buffers: 42, inShape: false })[0]).toMatch(/no index could serve it/);
  });

  test("a scan of a table so small that the index would touch no less is no failure", () => {
    expect(told(2, { indexes: ["t_pkey"], buffers: 3, inShape: true })).toEqual([]);
    expect(told(2, { indexes: ["other_pkey"], buffers: 3, inShape: false })).not.toEqual([]);
  });
});

describe("a step", () => {
  const stepped = (rows: number): Counts => ({ buffers: rows === 100_000 ? 100_692 : rows / 29 });

  test("to one path for each row is no growth where the plan may be another, and beyond that it is", () => {
    expect(faults(passages, { growthMax: 1.1 }, measured(stepped))).toEqual([]);
    expect(faults(passages, { growthMax: 0.3 }, measured(stepped))).toHaveLength(1);
    const more = (rows: number): Counts => ({ buffers: (stepped(rows).buffers ?? 0) * 20 });
    expect(faults(passages, { growthMax: 1.1 }, measured(more))).toHaveLength(1);
  });

  test("of the same plan is growth", () => {
    const { subject, readings } = measured(stepped);
    const plan = readPlan(SAMPLE_PLAN);
    const same = { subject, readings: readings.map((reading) => ({ ...reading, plan })) };

    expect(faults(calls, { growthMax: 1.1 }, same)).toHaveLength(1);
  });
});

describe("a limit", () => {
  test.each<[Budget, Counts]>([
    [{ buffersMax: 4 }, { buffers: 5 }],
    [{ tempBlocksMax: 0 }, { tempBlocks: 1 }],
    [{ walBytesMax: 100 }, { walBytes: 101 }],
    [{ passesMax: 1.01 }, { passes: 2 }],
    [{ indexWritesMax: 2 }, { indexWrites: 3 }],
    [{ hotShareMin: 0.95 }, { hotShare: 0.94 }],
  ])("%j is broken by %j, and kept by what is on it", (budget, counts) => {
    const onIt = Object.fromEntries(
      Object.keys(counts).map((name) => [name, Object.values(budget)[0]]),
    ) as Counts;

    expect(
      faults(
        calls,
        budget,
        measured(() => counts),
      ),
    ).toHaveLength(1);
    expect(judge(calls, budget, [measured(() => onIt)])).toEqual({ breaches: [], doubts: [] });
  });

  test("on a count that the server does not tell is a doubt, and no success", () => {
    expect(judge(calls, { hotShareMin: 0.9, indexWritesMax: 1 }, [measured(() => ({}))]).doubts).toHaveLength(
      2,
    );
  });

  test("on sleep is judged by the share that was seen asleep, at whatever size", () => {
    expect(
      faults(
        passages,
        { asleepMax: 0.05 },
        measured(
          () => ({}),
          () => 1,
          0.06,
        ),
      ),
    ).toHaveLength(1);
    expect(
      faults(
        passages,
        { asleepMax: 0.05 },
        measured(
          () => ({}),
          () => 1e9,
          0.04,
        ),
      ),
    ).toEqual([]);
  });
});

describe("the window at a million rows", () => {
  const linear = (rows: number): Counts => ({ buffers: rows, walBytes: rows * 100 });

  test("is decided with a margin that a machine three times slower or faster does not cross", () => {
    const verdicts = [1 / 3, 1, 3].map((swing) => {
      const one = measured(linear, (rows) => rows * swing);

      return [
        faults(passages, { windowMinutes: 300 }, one),
        faults(passages, { windowMinutes: 1 }, one).length,
      ];
    });

    expect(verdicts).toEqual([
      [[], 1],
      [[], 1],
      [[], 1],
    ]);
  });

  test("is a doubt inside of the margin", () => {
    const { breaches, doubts } = judge(passages, { windowMinutes: 20 }, [measured(linear, (rows) => rows)]);

    expect(breaches).toEqual([]);
    expect(doubts[0]).toMatch(/may or may not fit the window of 20 min/);
  });

  test("counts sleep for what it is: it does not get faster", () => {
    const { readings } = measured(linear, (rows) => rows, 0.9);
    const projection = project(readings);

    expect(projection?.lowMs).toBeGreaterThan(800_000);
    expect(projection?.highMs).toBeLessThan(1_400_000);
  });

  test("grows as the counts do, though time at small sizes is all overhead", () => {
    const { readings } = measured(
      (rows) => ({ buffers: rows * rows }),
      () => 1_000,
    );

    expect(project(readings)?.exponent).toBeCloseTo(2, 5);
  });
});
