import { assert, double, integer, property } from "fast-check";
import { describe, expect, test } from "vitest";
import { SAMPLE_PLAN } from "../testing/sample-plan.ts";
import { type Gate, gate } from "./gate.ts";
import { judgeMeasurements } from "./judge.ts";
import type { Budget } from "./load-gates.ts";
import { parsePlan } from "./plans/explain.ts";
import type { Counts, MeasuredSubject, Measurement } from "./plans/facts.ts";
import { fitGrowth, fitLastingGrowth, projectDuration } from "./projection.ts";

const data = { sizes: [1_000, 10_000, 100_000], fill: () => [], migrateData: () => [], bytesPerRow: 1 };
const calls: Gate = gate("P2-test", "a test", { data, measure: { kind: "call", select: () => [] } });
const sequences: Gate = gate("P7-test", "a test", {
  data,
  measure: { kind: "step-sequence", select: () => [] },
});

/** A subject whose counts and times grow as given. */
function measured(counts: (rows: number) => Counts, times?: (rows: number) => number, sleepShare = 0): MeasuredSubject {
  const measurements = data.sizes.map((rows) => ({
    rows,
    counts: counts(rows),
    durationMs: times?.(rows) ?? 1,
    sleepShare,
  }));

  return { subject: "it", measurements };
}

const violations = (which: Gate, budget: Budget, one: MeasuredSubject) =>
  judgeMeasurements(which, budget, [one]).violations.map(({ got }) => got);

describe("growth", () => {
  test("is the exponent, whatever the factor", () => {
    assert(
      property(double({ min: 0, max: 3, noNaN: true }), integer({ min: 10, max: 1_000 }), (exponent, factor) => {
        const samples = data.sizes.map((rows) => ({ rows, value: factor * rows ** exponent }));

        expect(fitGrowth(samples)?.exponent).toBeCloseTo(exponent, 6);
        expect(fitGrowth(samples)?.uncertainty).toBeCloseTo(0, 6);
      }),
    );
  });

  test("of a count that jumps once is 1, and of one size undefined", () => {
    const step = [34, 10_031, 100_692].map((value, index) => ({ rows: data.sizes[index] ?? 0, value }));

    expect(fitLastingGrowth(step)?.exponent).toBeCloseTo(1, 1);
    expect(fitGrowth(step.slice(0, 1))).toBeUndefined();
  });

  test.each([
    ["a lookup that begins to scan", (rows: number) => rows / 50, 0.1],
    ["a query per row that scans", (rows: number) => rows * rows, 1.1],
    ["a lookup that scans at the largest size only", (rows: number) => (rows === 100_000 ? 3_000 : 3), 0.1],
  ])("beyond the budget is a violation: %s", (_, buffers, growthMax) => {
    expect(
      violations(
        calls,
        { growthMax },
        measured((rows) => ({ buffers: buffers(rows) })),
      ),
    ).toHaveLength(1);
  });

  test("by one index level is none, and the WAL of catalog pruning neither", () => {
    expect(
      violations(
        calls,
        { growthMax: 0.1 },
        measured((rows) => ({ buffers: Math.log10(rows) })),
      ),
    ).toEqual([]);
    expect(
      violations(
        sequences,
        { growthMax: 1.1 },
        measured((rows) => ({ walBytes: rows / 500 })),
      ),
    ).toEqual([]);
  });
});

describe("whether an index could serve, and whether the planner chose it", () => {
  const shaped: Gate = { ...calls, plan: { uses: ["t_pkey"], never: ["Seq Scan"] } };
  const scan = parsePlan(SAMPLE_PLAN);
  const judge = (buffers: number, forced: Measurement["forced"]) => {
    const one = { rows: 50, counts: { buffers }, plan: scan, durationMs: 1, ...(forced && { forced }) };

    return violations(shaped, {}, { subject: "it", measurements: [one] });
  };

  test("are answered separately", () => {
    expect(judge(42, { indexes: ["t_pkey"], buffers: 3, hasShape: true })[0]).toMatch(
      /no plan uses the index t_pkey; t_pkey could serve it, for 3 buffers$/,
    );
    expect(judge(42, { indexes: [], buffers: 42, hasShape: false })[0]).toMatch(/no index could serve it/);
  });

  test("a scan of a table so small that the index would touch no fewer buffers is no violation", () => {
    expect(judge(2, { indexes: ["t_pkey"], buffers: 3, hasShape: true })).toEqual([]);
    expect(judge(2, { indexes: ["other_pkey"], buffers: 3, hasShape: false })).not.toEqual([]);
  });
});

describe("a jump", () => {
  const jumping = (rows: number): Counts => ({ buffers: rows === 100_000 ? 100_692 : rows / 29 });

  test("to one index path per row is no growth if the plan may have changed, and beyond that it is", () => {
    expect(violations(sequences, { growthMax: 1.1 }, measured(jumping))).toEqual([]);
    expect(violations(sequences, { growthMax: 0.3 }, measured(jumping))).toHaveLength(1);
    const more = (rows: number): Counts => ({ buffers: (jumping(rows).buffers ?? 0) * 20 });
    expect(violations(sequences, { growthMax: 1.1 }, measured(more))).toHaveLength(1);
  });

  test("of the same plan is growth", () => {
    const { subject, measurements } = measured(jumping);
    const plan = parsePlan(SAMPLE_PLAN);
    const same = { subject, measurements: measurements.map((one) => ({ ...one, plan })) };

    expect(violations(calls, { growthMax: 1.1 }, same)).toHaveLength(1);
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
  ])("%j is violated by %j, and kept by a count at the limit", (budget, counts) => {
    const atLimit = Object.fromEntries(Object.keys(counts).map((name) => [name, Object.values(budget)[0]])) as Counts;

    expect(
      violations(
        calls,
        budget,
        measured(() => counts),
      ),
    ).toHaveLength(1);
    expect(judgeMeasurements(calls, budget, [measured(() => atLimit)])).toEqual({
      violations: [],
      undecided: [],
    });
  });

  test("on a count that the server does not report is undecided", () => {
    expect(
      judgeMeasurements(calls, { hotShareMin: 0.9, indexWritesMax: 1 }, [measured(() => ({}))]).undecided,
    ).toHaveLength(2);
  });

  test("on sleep is judged by its share at any size", () => {
    expect(
      violations(
        sequences,
        { sleepShareMax: 0.05 },
        measured(
          () => ({}),
          () => 1,
          0.06,
        ),
      ),
    ).toHaveLength(1);
    expect(
      violations(
        sequences,
        { sleepShareMax: 0.05 },
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

  test("gives the same verdict on a machine three times slower or faster", () => {
    const verdicts = [1 / 3, 1, 3].map((speed) => {
      const one = measured(linear, (rows) => rows * speed);

      return [
        violations(sequences, { windowMinutes: 300 }, one),
        violations(sequences, { windowMinutes: 1 }, one).length,
      ];
    });

    expect(verdicts).toEqual([
      [[], 1],
      [[], 1],
      [[], 1],
    ]);
  });

  test("is undecided inside the margin", () => {
    const { violations: found, undecided } = judgeMeasurements(sequences, { windowMinutes: 20 }, [
      measured(linear, (rows) => rows),
    ]);

    expect(found).toEqual([]);
    expect(undecided[0]).toMatch(/may or may not fit the window of 20 min/);
  });

  test("projects sleep without the variation of speed", () => {
    const { measurements } = measured(linear, (rows) => rows, 0.9);
    const projection = projectDuration(measurements);

    expect(projection?.lowMs).toBeGreaterThan(800_000);
    expect(projection?.highMs).toBeLessThan(1_400_000);
  });

  test("grows as the counts do, even if time at small sizes is all overhead", () => {
    const { measurements } = measured(
      (rows) => ({ buffers: rows * rows }),
      () => 1_000,
    );

    expect(projectDuration(measurements)?.exponent).toBeCloseTo(2, 5);
  });
});
