import { expect, test } from "vitest";
import { measureRatio, runPaired } from "./paired-runs.ts";

/** A clock that only work advances, and work that takes a number of milliseconds of it. */
function clockwork(speedAt: (at: number) => number = () => 1) {
  let at = 0;
  const order: string[] = [];
  const work = (name: string, ms: number) => async () => {
    order.push(name);
    at += ms * speedAt(at);
  };

  return { now: () => at, work, order };
}

test("the order alternates so that each comes first, and last, equally often", async () => {
  const { work, order } = clockwork();
  const pairs = await runPaired(4, work("A", 1), work("B", 1));

  expect(order.join("")).toBe("ABBABAAB");
  expect(pairs).toHaveLength(4);
});

test("each result is attributed to its work, in whatever order they ran", async () => {
  const pairs = await runPaired(
    3,
    async () => "candidate",
    async () => "baseline",
  );

  expect(pairs).toEqual(Array.from({ length: 3 }, () => ({ candidate: "candidate", baseline: "baseline" })));
});

test("a machine that slows down steadily makes neither of two equals the slower one", async () => {
  const { now, work } = clockwork((at) => 1 + at / 2000);
  const { ratio, slower } = await measureRatio(work("A", 5), work("B", 5), { now });

  expect(ratio).toBeCloseTo(1, 1);
  expect(slower).toBe(false);
});

test("a candidate that takes twice the time is found on a machine whose speed varies by 2.7", async () => {
  const { now, work } = clockwork((at) => 1 + 1.7 * Math.abs(Math.sin(at / 300)));
  const found = await measureRatio(work("A", 10), work("B", 5), { now });

  expect(found.ratio).toBeCloseTo(2, 1);
  expect(found).toMatchObject({ slower: true, slowerThan: 1.25, falseAlarmRate: 0.001, rounds: 20 });
  expect(found.candidateMs).toBeGreaterThan(found.baselineMs);
});

test("calls too short for the clock are repeated equally often", async () => {
  const { now, work, order } = clockwork();
  await measureRatio(work("A", 1 / 16), work("B", 1 / 32), { now, rounds: 10, turnMs: 5 });
  const [candidate, baseline] = ["A", "B"].map((name) => order.filter((each) => each === name).length);

  expect(candidate).toBe(baseline);
  // Two calls to warm up, and 160 in each of the 20 turns.
  expect(candidate).toBe(2 + 160 * 20);
});

test("work that fails ends the measurement with its own error", async () => {
  const failing = async () => {
    throw new Error("division by zero");
  };

  await expect(measureRatio(failing, async () => undefined)).rejects.toThrow("division by zero");
});
