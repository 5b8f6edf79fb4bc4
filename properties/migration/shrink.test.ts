import { array, constant, integer, record } from "fast-check";
import { expect, test } from "vitest";
import { shrinkDataset } from "./shrink.ts";

/** Datasets in name only: shrinking knows nothing of what they hold. */
const numbers = array(integer({ min: 0, max: 1_000 })).map(
  (rows) => ({ t: rows }) as never,
  (dataset) => (dataset as { readonly t: number[] }).t,
);
const sum = (dataset: unknown) =>
  (dataset as { readonly t: readonly number[] }).t.reduce((one, other) => one + other, 0);

test("what is found shows the fault, and nothing smaller does", async () => {
  const found = await shrinkDataset(numbers, { t: [5, 700, 30] } as never, async (each) => sum(each) > 100, 200);

  expect(sum(found)).toBe(101);
});

test("no more than so many are tried, and what does not shrink stays", async () => {
  let tried = 0;
  const count = async () => {
    tried += 1;

    return false;
  };
  const dataset = { t: [5, 700, 30] } as never;
  expect(await shrinkDataset(numbers, dataset, count, 3)).toBe(dataset);
  expect(tried).toBe(3);
  const fixed = record({ t: constant([]) }) as never;
  expect(await shrinkDataset(fixed, dataset, count, 3)).toBe(dataset);
});
