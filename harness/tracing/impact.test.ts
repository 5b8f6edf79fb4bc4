import fc from "fast-check";
import { expect, test } from "vitest";
import { formatGrowth, grows } from "./impact.ts";

const ROWS = [200, 600, 1800];
const sampled = (count: (rows: number) => number) => ROWS.map((rows) => ({ rows, count: count(rows) }));
const fixed = fc.nat({ max: 10_000 });

test("what costs something for each row grows, whatever its fixed part", () => {
  fc.assert(
    fc.property(fixed, fc.integer({ min: 1, max: 20 }), (fixedPart, each) => {
      expect(grows(sampled((rows) => fixedPart + each * rows))).toBe(true);
    }),
  );
});

test("what is constant, full after a batch, or logarithmic does not grow", () => {
  fc.assert(
    fc.property(fixed, fc.integer({ min: 1, max: 600 }), (fixedPart, batch) => {
      expect(grows(sampled(() => fixedPart))).toBe(false);
      expect(grows(sampled((rows) => fixedPart + Math.min(rows, batch)))).toBe(false);
      expect(grows(sampled((rows) => fixedPart + Math.ceil(Math.log2(rows)) * 10))).toBe(false);
    }),
  );
});

test("one size alone shows no growth", () => {
  expect(grows([{ rows: 200, count: 200 }])).toBe(false);
  expect(grows([])).toBe(false);
});

test("growth is formatted in the order of the sizes", () => {
  expect(formatGrowth(sampled((rows) => 2 * rows).toReversed())).toBe(
    "400, 1,200 and 3,600 at 200, 600 and 1,800 rows",
  );
});
